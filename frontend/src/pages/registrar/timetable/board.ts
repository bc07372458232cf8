// What every block of the day view shares: the plan shown, what is picked, what is being dragged where, and the deeds.
import { inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { PlanOut, PlanSlotOut } from '@/api'
import type { Piece, Target } from './plan'

export interface Board {
  plan: ComputedRef<PlanOut>
  /** Only looked at: a version, or a preview. */
  still: ComputedRef<boolean>
  pieces: ComputedRef<Map<string, Piece>>
  picked: Ref<Set<string>>
  dragging: Ref<Piece[]>
  target: Ref<Target | null>
  /** Heads over capacity by slot, once what is dragged is dropped there. */
  over: ComputedRef<Map<string, number>>
  /** Why the slot that is hovered does not take it. */
  forbidden: ComputedRef<string | null>
  /** Pieces and slots that a preview changes. */
  marked: ComputedRef<Set<string>>
  /** The class that was looked for. */
  chosen: ComputedRef<string | null>
  now: Readonly<Ref<Date>>
  pick: (piece: Piece, how: 'only' | 'toggle' | 'range') => void
  move: (pieces: Piece[]) => void
  nudge: (piece: Piece, by: 1 | -1) => void
  out: (pieces: Piece[]) => void
  edit: (slot: PlanSlotOut) => void
  drag: (piece: Piece) => void
  hover: (target: Target | null) => void
  drop: () => void
  dragEnd: () => void
}

const KEY: InjectionKey<Board> = Symbol('board')
export const provideBoard = (board: Board) => provide(KEY, board)
export function useBoard(): Board {
  const board = inject(KEY)
  if (!board) throw new Error('outside a board')
  return board
}
