// What is asked of the solver, as typed: windows of a room on a day, times at which classes cannot come, the rules.
import type { PlanOut, SolveRequest } from '@/api'
import { clock, isoDay } from '@/lib/time'
import { dayOf, daysOf } from './day'

export interface WindowRow {
  key: number
  day: string
  from: string
  to: string
  venue: string
  room: string
  gate: string
  cameras: number
}
export type Half = 'morning' | 'afternoon' | 'day'
export interface ForbiddenRow {
  key: number
  /** "college:<id>" or "class:<id>". */
  who: string
  day: string
  half: Half
}
export interface Rules {
  together: boolean
  spare: number
  grain: 5 | 10 | 15
  seconds: number
}
export const HALVES: Record<Half, [string, string]> = { morning: ['00:00', '12:00'], afternoon: ['12:00', '23:59'], day: ['00:00', '23:59'] }
const BREAK = 20 * 60_000
let last = 0
export const nextKey = () => ++last

/** The half-days that the plan uses: slots of a room with less than 20 minutes between them are one window. */
export function windowsOf(plan: PlanOut): WindowRow[] {
  const found: (WindowRow & { until: number })[] = []
  for (const slot of plan.slots) {
    const venue = plan.venues.find((one) => one.venue_id === slot.venue_id)
    const before = found.filter((one) => one.venue === venue?.venue_name && one.room === venue.room && one.day === dayOf(slot)).at(-1)
    const until = Date.parse(slot.ends_at)
    if (before && Date.parse(slot.starts_at) - before.until < BREAK && until > before.until) Object.assign(before, { to: clock(slot.ends_at), until })
    else if (!before || until > before.until)
      found.push({ key: nextKey(), day: dayOf(slot), from: clock(slot.starts_at), to: clock(slot.ends_at), venue: venue?.venue_name ?? '', room: venue?.room ?? '', gate: venue?.gate ?? '', cameras: slot.cameras, until })
  }
  return found
}

/** The next one like the last, a day later: the same hours of the same room twice would be refused. */
export function anotherWindow(rows: WindowRow[], today: string): WindowRow {
  const like = rows.at(-1)
  return like ? { ...like, key: nextKey(), day: /^\d{4}-\d\d-\d\d$/.test(like.day) ? isoDay(Date.parse(at(like.day, '12:00')) + 86_400_000) : like.day } : { key: nextKey(), day: today, from: '09:00', to: '12:00', venue: '', room: '', gate: '', cameras: 1 }
}

const at = (day: string, time: string) => `${day}T${time}:00+08:00`
export const windowWrong = (row: WindowRow) => !/^\d{4}-\d\d-\d\d$/.test(row.day) || !row.from || !row.to || row.from >= row.to || !row.venue.trim() || !Number.isInteger(row.cameras) || row.cameras < 1 || row.cameras > 9

/** People that fit into the windows at the campaign's pace. */
export function roomFor(rows: WindowRow[], people: number, minutes: number): number {
  return rows.filter((row) => !windowWrong(row)).reduce((sum, row) => sum + Math.floor(((Date.parse(at(row.day, row.to)) - Date.parse(at(row.day, row.from))) / 60_000) * row.cameras * (people / minutes)), 0)
}

export function requestOf(rows: WindowRow[], forbidden: ForbiddenRow[], rules: Rules, groups: { class_group_id: string; college_id: string }[]): SolveRequest {
  return {
    windows: rows.map((row) => ({ venue: row.venue.trim(), room: row.room.trim(), gate: row.gate.trim(), cameras: row.cameras, starts_at: at(row.day, row.from), ends_at: at(row.day, row.to) })),
    forbidden: forbidden.flatMap(({ who, day, half }) => {
      const [kind, id] = who.split(':')
      const whose = groups.filter((one) => (kind === 'college' ? one.college_id : one.class_group_id) === id)
      const [from, to] = HALVES[half]
      return day ? whose.map((one) => ({ class_group_id: one.class_group_id, starts_at: at(day, from), ends_at: at(day, to) })) : []
    }),
    together: rules.together,
    spare_percent: rules.spare,
    grain_minutes: rules.grain,
    seconds: rules.seconds,
  }
}

export const daysKnown = (plan: PlanOut, rows: WindowRow[]) => [...new Set([...rows.map((row) => row.day), ...daysOf(plan)])].filter(Boolean).sort()
