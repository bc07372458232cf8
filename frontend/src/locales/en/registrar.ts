// English of registrar.
import type { Same } from '..'
import type zh from '../zh-CN/registrar'
import accounts from './registrar/accounts'
import audit from './registrar/audit'
import setup from './registrar/setup'
import students from './registrar/students'
import timetable from './registrar/timetable'

export default {
  dashboard: { title: 'Dashboard' },
  setup,
  timetable,
  students,
  photos: { title: 'Photos' },
  fees: { title: 'Fees' },
  missing: { title: 'Missing' },
  accounts,
  audit,
} satisfies Same<typeof zh>
