// English of student.
import type { Same } from '..'
import type zh from '../zh-CN/student'

export default {
  check_in: { title: 'Check in' },
  card: { title: 'My photo day' },
  photo: { title: 'My photo' },
} satisfies Same<typeof zh>
