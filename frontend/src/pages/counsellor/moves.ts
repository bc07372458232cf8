// Where a class stands in the timetable, and where it would stand one earlier, one later, or elsewhere in the college's slots.
import type { TimetableClass, TimetableSlot, Turn } from '@/api'

/** Position counts among the classes of the same turn in the slot, as the server takes it. */
export interface Spot {
  slot_id: string
  turn: Turn
  position: number
}
export interface Standing {
  slot: TimetableSlot
  /** From 0, among all classes of the slot. */
  index: number
  self: TimetableClass
  spot: Spot
}

export function standingOf(slots: TimetableSlot[], id: string): Standing | null {
  for (const slot of slots) {
    const index = slot.classes.findIndex((one) => one.class_group_id === id)
    const self = slot.classes[index]
    if (!self) continue
    const position = slot.classes.slice(0, index).filter((one) => one.turn === self.turn).length
    return { slot, index, self, spot: { slot_id: slot.slot_id, turn: self.turn, position } }
  }
  return null
}

export type Blocked = 'end_of_slot' | 'other_turn'

/** One place earlier (-1) or later (1): a spot, or why there is none. First stays before normal, normal before last. */
export function step({ slot, index, self, spot }: Standing, by: -1 | 1): Spot | Blocked {
  const neighbour = slot.classes[index + by]
  if (!neighbour) return 'end_of_slot'
  return neighbour.turn === self.turn ? { ...spot, position: spot.position + by } : 'other_turn'
}

const others = (slot: TimetableSlot, turn: Turn, id: string) => slot.classes.filter((one) => one.turn === turn && one.class_group_id !== id).length

/** The end of a turn in a slot: where a class goes that comes from elsewhere. */
export function endOf(slot: TimetableSlot, turn: Turn, id: string): Spot {
  return { slot_id: slot.slot_id, turn, position: others(slot, turn, id) }
}

export const sameSpot = (a: Spot, b: Spot) => a.slot_id === b.slot_id && a.turn === b.turn && a.position === b.position
