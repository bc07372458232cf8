// English of registrar.
import type { Same } from '..'
import type zh from '../zh-CN/registrar'
import accounts from './registrar/accounts'
import audit from './registrar/audit'
import dashboard from './registrar/dashboard'
import fees from './registrar/fees'
import mail from './registrar/mail'
import missing from './registrar/missing'
import packages from './registrar/packages'
import registry from './registrar/registry'
import photos from './registrar/photos'
import print from './registrar/print'
import setup from './registrar/setup'
import standard from './registrar/standard'
import students from './registrar/students'
import timetable from './registrar/timetable'

export default {
  dashboard,
  setup,
  timetable,
  students,
  photos,
  standard,
  print,
  fees,
  mail,
  missing,
  packages,
  registry,
  accounts,
  audit,
} satisfies Same<typeof zh>
