// What the paper sheets need of a class: where and when it comes, and which students of it belong to which slot.
import type { Timetable, TimetableClass, TimetableSlot } from '@/api'

export interface PrintedPart {
  slot_id: string
  label: string
  starts_at: string
  ends_at: string
  place: string
}
export interface PrintedClass {
  id: string
  name: string
  college: string
  /** Several of a class that was split, none of one without a slot. */
  parts: PrintedPart[]
}

export function placeOf(timetable: Pick<Timetable, 'venues'>, venueId: string): string {
  const venue = timetable.venues.find((one) => one.venue_id === venueId)
  return [venue?.venue_name, venue?.room, venue?.gate].filter(Boolean).join(' ')
}

const partOf = (timetable: Timetable, slot: TimetableSlot): PrintedPart => ({
  slot_id: slot.slot_id,
  label: slot.label,
  starts_at: slot.starts_at,
  ends_at: slot.ends_at,
  place: placeOf(timetable, slot.venue_id),
})

/** null = the class has no slot. */
export function printedClass(timetable: Timetable, id: string): PrintedClass | null {
  const found = timetable.slots.flatMap((slot) => slot.classes.filter((one) => one.class_group_id === id).map((one) => ({ slot, one })))
  const first = found[0]?.one
  return first ? { id, name: first.class_group_name, college: first.college_name, parts: found.map(({ slot }) => partOf(timetable, slot)) } : null
}

/** One class of one slot: only this part of it. */
export const printedPart = (timetable: Timetable, slot: TimetableSlot, one: TimetableClass): PrintedClass => ({
  id: one.class_group_id,
  name: one.class_group_name,
  college: one.college_name,
  parts: [partOf(timetable, slot)],
})

/** The students of a class who belong to this part of it: places count by 学号 from 1. */
export const inPart = <T>(students: T[], one: Pick<TimetableClass, 'first_place' | 'last_place'>): T[] => students.slice(one.first_place - 1, one.last_place ?? undefined)
