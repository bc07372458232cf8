// Words of the registrar's desk.
import accounts from './registrar/accounts'
import audit from './registrar/audit'
import setup from './registrar/setup'
import students from './registrar/students'
import timetable from './registrar/timetable'

export default {
  dashboard: { title: '总览' },
  setup,
  timetable,
  students,
  photos: { title: '照片' },
  fees: { title: '费用' },
  missing: { title: '缺照名单' },
  accounts,
  audit,
}
