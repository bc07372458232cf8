// English of monitor.
import type { Same } from '..'
import type zh from '../zh-CN/monitor'

export default {
  fees: { title: 'Fees' },
  check_in: { title: 'Class check-in' },
  handover: { title: 'Handover' },
  receipt: { title: 'Receipt' },
} satisfies Same<typeof zh>
