// English of board.
import type { Same } from '..'
import type zh from '../zh-CN/board'

export default {
  board: { title: 'Board' },
  door: { title: 'Door' },
} satisfies Same<typeof zh>
