// A plan on the screen, pure: its pieces, the changes that move them, what a move does to the load, what a change made new.
import type { DraftChanges, PlanClassOut, PlanFindingOut, PlanOut, PlanSlotOut, Turn } from '@/api'

export type Change = DraftChanges['changes'][number]
const TURNS: Turn[] = ['first', 'normal', 'last']

/** A class, or one part of a class that was split; `slot_id` null = without a slot. */
export interface Piece {
  key: string
  class_group_id: string
  class_group_name: string
  college_id: string
  college_name: string
  heads: number
  slot_id: string | null
  turn: Turn
  split: boolean
}
/** Where pieces go: `turn` null keeps each one's own; `index` counts the classes of the slot as they stand now. */
export interface Target {
  slot_id: string
  turn: Turn | null
  index: number
}

export const keyOf = (classGroupId: string, slotId: string | null) => `${classGroupId}@${slotId ?? ''}`
export const isSplit = (one: PlanClassOut) => one.first_place !== 1 || one.last_place !== null

const pieceOf = (slot: PlanSlotOut, one: PlanClassOut): Piece => ({
  key: keyOf(one.class_group_id, slot.slot_id),
  class_group_id: one.class_group_id,
  class_group_name: one.class_group_name,
  college_id: one.college_id,
  college_name: one.college_name,
  heads: one.heads,
  slot_id: slot.slot_id,
  turn: one.turn,
  split: isSplit(one),
})

/** Every piece by its key, in the order of the day; the ones without a slot come last. */
export function piecesOf(plan: PlanOut): Map<string, Piece> {
  const all = plan.slots.flatMap((slot) => slot.classes.map((one) => pieceOf(slot, one)))
  const left = plan.unplaced.map((one): Piece => ({ ...one, key: keyOf(one.class_group_id, null), slot_id: null, turn: 'normal', split: false }))
  return new Map([...all, ...left].map((piece) => [piece.key, piece]))
}

export const sameTurn = (slot: PlanSlotOut, turn: Turn, but: ReadonlySet<string> = new Set()) =>
  slot.classes.filter((one) => one.turn === turn && !but.has(keyOf(one.class_group_id, slot.slot_id)))

/** The changes that put the pieces, in their order, at the target; none when they stand there already. */
export function moving(plan: PlanOut, pieces: Piece[], target: Target): Change[] {
  const slot = plan.slots.find((one) => one.slot_id === target.slot_id)
  if (!slot) return []
  const moved = new Set(pieces.map((piece) => piece.key))
  const order = new Map(TURNS.map((turn) => [turn, sameTurn(slot, turn).map((one) => one.class_group_id)]))
  const before = JSON.stringify([...order])
  const changes: Change[] = []
  for (const piece of pieces) {
    const turn = target.turn ?? piece.turn
    const anchor = slot.classes.slice(target.index).find((one) => one.turn === turn && !moved.has(keyOf(one.class_group_id, slot.slot_id)))
    for (const ids of order.values()) if (ids.includes(piece.class_group_id)) ids.splice(ids.indexOf(piece.class_group_id), 1)
    const ids = order.get(turn) ?? []
    const position = anchor ? ids.indexOf(anchor.class_group_id) : ids.length
    ids.splice(position, 0, piece.class_group_id)
    changes.push({ kind: 'move_class', class_group_id: piece.class_group_id, slot_id: slot.slot_id, turn, position, from_slot_id: piece.slot_id })
  }
  const stays = pieces.every((piece) => piece.slot_id === slot.slot_id) && before === JSON.stringify([...order])
  return stays ? [] : changes
}

/** One place up (-1) or down (+1) inside the turn; null at its end. */
export function nudging(plan: PlanOut, piece: Piece, by: 1 | -1): Change | null {
  const slot = plan.slots.find((one) => one.slot_id === piece.slot_id)
  if (!slot) return null
  const ids = sameTurn(slot, piece.turn).map((one) => one.class_group_id)
  const position = ids.indexOf(piece.class_group_id) + by
  if (position < 0 || position >= ids.length) return null
  return { kind: 'move_class', class_group_id: piece.class_group_id, slot_id: slot.slot_id, turn: piece.turn, position, from_slot_id: slot.slot_id }
}

export function movingOut(pieces: Piece[]): Change[] {
  const ids = new Set(pieces.filter((piece) => piece.slot_id).map((piece) => piece.class_group_id))
  return [...ids].map((id) => ({ kind: 'unplace_class', class_group_id: id }))
}

/** Heads over capacity of every slot once the pieces stand in `slotId`; negative = spare. */
export function overAfter(plan: PlanOut, pieces: Piece[], slotId: string | null): Map<string, number> {
  return new Map(
    plan.slots.map((slot) => {
      const away = pieces.filter((piece) => piece.slot_id === slot.slot_id).reduce((sum, piece) => sum + piece.heads, 0)
      const here = slotId === slot.slot_id ? pieces.reduce((sum, piece) => sum + piece.heads, 0) : 0
      return [slot.slot_id, slot.stress.over - (slotId === null ? 0 : away) + here]
    }),
  )
}

const about = (one: PlanFindingOut) => `${one.code} ${one.slot_ids[0] ?? ''} ${one.class_group_ids[0] ?? ''}`
/** Only says that the notice and the roster differ; a move changes it without harm. */
const harmless = (one: PlanFindingOut) => one.code === 'heads_differ' || one.code === 'unplaced_heads'
const all = (plan: PlanOut) => [...plan.conflicts, ...plan.findings].filter((one) => !harmless(one))

/** How bad it is, by what the finding counts; equal for those that count nothing. */
function badness(plan: PlanOut, one: PlanFindingOut): number {
  if (one.code === 'day_ends_late') return plan.days.reduce((sum, day) => sum + day.late_minutes, 0)
  const stress = plan.slots.find((slot) => slot.slot_id === one.slot_ids[0])?.stress
  return { over_capacity: stress?.over, starts_late: stress?.late_minutes, break_eaten: stress?.break_minutes }[one.code] ?? 0
}
/** What is wrong after and was not before, or is worse than before. */
export function worse(before: PlanOut, after: PlanOut): PlanFindingOut[] {
  const was = new Map(all(before).map((one) => [about(one), one]))
  return all(after).filter((one) => {
    const old = was.get(about(one))
    return !old || badness(after, one) > badness(before, old)
  })
}
/** How many things that were wrong before are no more, or are less bad. */
export const better = (before: PlanOut, after: PlanOut) => worse(after, before).length

/** Keys of the pieces that stand elsewhere, or in another order, in `after`; slots whose times are others. */
export function changedIn(before: PlanOut, after: PlanOut): Set<string> {
  const was = new Map(before.slots.map((slot) => [slot.slot_id, slot]))
  const found = new Set<string>()
  for (const slot of after.slots) {
    const old = was.get(slot.slot_id)
    if (!old || old.starts_at !== slot.starts_at || old.ends_at !== slot.ends_at || old.cameras !== slot.cameras) found.add(slot.slot_id)
    const had = new Map(old?.classes.map((one) => [one.class_group_id, `${one.turn} ${one.heads}`]))
    for (const one of slot.classes) if (had.get(one.class_group_id) !== `${one.turn} ${one.heads}`) found.add(keyOf(one.class_group_id, slot.slot_id))
  }
  return found
}

/** The parts of a class that was split, as slots. */
export const partsOf = (plan: PlanOut, classGroupId: string) => plan.slots.filter((slot) => slot.classes.some((one) => one.class_group_id === classGroupId))
