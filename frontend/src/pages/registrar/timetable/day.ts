// Where things stand on the day's time axis: minutes of the day in Shanghai, columns of day and room, classes in their real time.
import type { PlanClassOut, PlanOut, PlanSlotOut, VenueOut } from '@/api'
import { isoDay } from '@/lib/time'

/** Pixels a minute: a class of 30 is 10 minutes and must hold a line of text. */
export const SCALE = 3.6
const LEAST = 22
const ALL = 'all'

export interface Column {
  id: string
  day: string
  venue: VenueOut
  slots: PlanSlotOut[]
}
export interface Placed {
  one: PlanClassOut
  index: number
  top: number
  height: number
  lane: number
  /** Shot only after the slot's own time is over. */
  late: boolean
}

/** An end in the middle of a minute is over when the minute is. */
export const wholeMinute = (at: string) => new Date(Math.ceil(Date.parse(at) / 60_000) * 60_000)
export const dayOf = (slot: { starts_at: string }) => isoDay(slot.starts_at)
export const daysOf = (plan: PlanOut) => [...new Set(plan.slots.map(dayOf))].sort()
/** Minutes since midnight of `day`; over 1440 when it is past it. */
export const minuteOf = (at: string, day: string) => (Date.parse(at) - Date.parse(`${day}T00:00:00+08:00`)) / 60_000

export function columnsOf(plan: PlanOut, days: string[]): Column[] {
  return days.flatMap((day) =>
    plan.venues.flatMap((venue) => {
      const slots = plan.slots.filter((slot) => slot.venue_id === venue.venue_id && dayOf(slot) === day)
      return slots.length ? [{ id: `${day} ${venue.venue_id}`, day, venue, slots }] : []
    }),
  )
}

/** From the half hour in which the first begins to the one in which the last is really done. */
export function rangeOf(columns: Column[]): { from: number; to: number } {
  const ends = columns.flatMap(({ day, slots }) => slots.map((slot) => Math.max(minuteOf(slot.ends_at, day), slot.stress.heads ? minuteOf(slot.stress.ends_really_at, day) : 0)))
  const starts = columns.flatMap(({ day, slots }) => slots.map((slot) => minuteOf(slot.starts_at, day)))
  if (!starts.length) return { from: 8 * 60, to: 18 * 60 }
  return { from: Math.floor(Math.min(...starts) / 30) * 30, to: Math.ceil((Math.max(...ends) + 1) / 30) * 30 }
}

/** Free time between the slots of a room, from 10 minutes on. */
export function gapsOf({ day, slots }: Column): { from: number; to: number }[] {
  const found = []
  let free: number | null = null
  for (const slot of slots) {
    const from = minuteOf(slot.starts_at, day)
    if (free !== null && from - free >= 10) found.push({ from: free, to: from })
    free = Math.max(free ?? 0, minuteOf(slot.ends_at, day))
  }
  return found
}

/** The classes of a slot from its real start, in as many lanes as it has cameras; the next class goes where a lane is free first. */
export function placed(slot: PlanSlotOut, scale = SCALE): Placed[] {
  const each = slot.stress.heads ? (Date.parse(slot.stress.ends_really_at) - Date.parse(slot.stress.starts_really_at)) / 60_000 / slot.stress.heads : 0
  const late = (Date.parse(slot.stress.starts_really_at) - Date.parse(slot.starts_at)) / 60_000
  const whole = ((Date.parse(slot.ends_at) - Date.parse(slot.starts_at)) / 60_000) * scale
  const lanes = Array.from({ length: slot.cameras }, () => ({ done: late * scale, drawn: late * scale }))
  return slot.classes.map((one, index) => {
    const lane = lanes.reduce((best, it, i) => (it.done < (lanes[best]?.done ?? 0) ? i : best), 0)
    const { done = 0, drawn = 0 } = lanes[lane] ?? {}
    const takes = one.heads * each * slot.cameras * scale
    // A small class is drawn higher than it takes; what follows catches up, and what is late goes by the real time.
    const top = Math.max(done, drawn)
    const height = Math.max(LEAST, done + takes - top)
    lanes[lane] = { done: done + takes, drawn: top + height }
    return { one, index, top, height, lane, late: done + takes > whole + scale }
  })
}

/** Which days the address asks for: one, or all while there are few columns. */
export function daysShown(plan: PlanOut, wanted: string, today: string): string[] {
  const days = daysOf(plan)
  if (days.includes(wanted)) return [wanted]
  const few = columnsOf(plan, days).length <= 4
  if (few || wanted === ALL) return days
  return [days.find((day) => day >= today) ?? days[0] ?? ''].filter(Boolean)
}
