// Words of the counsellor.
export default {
  college: { title: '本院进度' },
  class_group: { title: '班级' },
}
