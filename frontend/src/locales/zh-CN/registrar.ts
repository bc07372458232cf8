// Words of the registrar's desk.
import accounts from './registrar/accounts'
import audit from './registrar/audit'
import dashboard from './registrar/dashboard'
import fees from './registrar/fees'
import missing from './registrar/missing'
import photos from './registrar/photos'
import print from './registrar/print'
import setup from './registrar/setup'
import students from './registrar/students'
import timetable from './registrar/timetable'

export default {
  dashboard,
  setup,
  timetable,
  students,
  photos,
  print,
  fees,
  missing,
  accounts,
  audit,
}
