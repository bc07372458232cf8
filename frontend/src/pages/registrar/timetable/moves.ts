// Moving a class in the timetable: where it stands, where it may go, and the way back.
import type { ClassMove, Timetable, TimetableClass, TimetableSlot, Turn } from '@/api'

export interface Standing {
  slot: TimetableSlot
  one: TimetableClass
  /** Among those of the same turn, from 0: what the server counts by. */
  place: number
}

export function standing(slots: TimetableSlot[], classGroupId: string): Standing | null {
  for (const slot of slots) {
    const one = slot.classes.find((c) => c.class_group_id === classGroupId)
    if (one) return { slot, one, place: sameTurn(slot, one.turn).indexOf(one) }
  }
  return null
}

/** The classes of a slot with this turn, in order; `but` is the class that is being moved. */
export const sameTurn = (slot: TimetableSlot, turn: Turn, but = '') =>
  slot.classes.filter((one) => one.turn === turn && one.class_group_id !== but)

/** What moves a class back to where it stands now; null when it stands nowhere. */
export function wayBack(timetable: Timetable, classGroupId: string): ClassMove | null {
  const now = standing(timetable.slots, classGroupId)
  return now && { slot_id: now.slot.slot_id, turn: now.one.turn, position: now.place }
}

/** Heads of a slot once the class is in it. */
export const headsAfter = (slot: TimetableSlot, classGroupId: string, heads: number) =>
  slot.load.heads + (slot.classes.some((one) => one.class_group_id === classGroupId) ? 0 : heads)
