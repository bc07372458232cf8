"""照片批次: photos by the thousand, from a ZIP, a folder or a camera, each file to its row by the way of `photos`."""
