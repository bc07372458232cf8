// The shoot's half hours by day, and how far a day is ahead of its plan at a given moment.
import type { Interval } from '@/api'
import { isoDay } from '@/lib/time'

const HALF_HOUR = 30 * 60_000

export interface ShootDay {
  /** "2018-10-23" */
  day: string
  intervals: Interval[]
  shots: number
  planned: number
}

export function shootDays(intervals: Interval[]): ShootDay[] {
  const days = new Map<string, Interval[]>()
  for (const one of intervals) {
    const day = isoDay(one.starts_at)
    days.set(day, [...(days.get(day) ?? []), one])
  }
  return [...days].map(([day, list]) => ({
    day,
    intervals: list,
    shots: list.reduce((sum, one) => sum + one.shots, 0),
    planned: list.reduce((sum, one) => sum + one.planned, 0),
  }))
}

/** Today, else the next day of the shoot, else its last. */
export function dayToShow(days: ShootDay[], today: string, wished?: string): ShootDay | undefined {
  return days.find((one) => one.day === wished) ?? days.find((one) => one.day >= today) ?? days.at(-1)
}

/** Shots minus what the plan says until `now`, the running half hour in proportion; null before the first one begins. */
export function aheadBy(day: ShootDay, now: Date): number | null {
  const passed = (one: Interval) => Math.min(1, Math.max(0, (now.getTime() - Date.parse(one.starts_at)) / HALF_HOUR))
  if (!day.intervals.some((one) => passed(one) > 0)) return null
  return day.shots - Math.round(day.intervals.reduce((sum, one) => sum + one.planned * passed(one), 0))
}
