// English of station.
import type { Same } from '..'
import type zh from '../zh-CN/station'

export default {
  console: { title: 'Station' },
  till: { title: 'Till' },
  uploads: { title: 'Uploads' },
} satisfies Same<typeof zh>
