// Words of the sheets to be printed.
export default {
  poster: '张贴海报',
  door: '入口名单',
  door_of: '{label} 场入口名单',
  sheets: '班级拍摄单',
  sheets_of: '{label} 场班级拍摄单',
  sheets_note: '{n} 张，每班另起一页',
  paper: '纸张',
  a3: 'A3 横向',
  a4: 'A4 横向',
  excel: '导出 Excel',
  to_timetable: '回到时间表',
  back: '返回',
  class: '班级',
  nothing: '没有可以打印的内容',
  nothing_note: '这一场没有班级，或者这个链接已经失效。',
}
