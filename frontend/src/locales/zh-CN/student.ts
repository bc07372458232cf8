// Words of the student's phone.
export default {
  check_in: { title: '签到' },
  card: { title: '我的拍摄' },
  photo: { title: '我的照片' },
}
