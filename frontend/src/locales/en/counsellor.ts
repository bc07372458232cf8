// English of counsellor.
import type { Same } from '..'
import type zh from '../zh-CN/counsellor'

export default {
  college: { title: 'My college' },
  class_group: { title: 'Class' },
} satisfies Same<typeof zh>
