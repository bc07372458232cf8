"""照片邮箱: photos that students return by mail, each mail ends in one state and gets one answer."""
