// Words of the agency at the camera.
export default {
  console: { title: '拍摄台' },
  till: { title: '收款' },
  uploads: { title: '上传照片' },
}
