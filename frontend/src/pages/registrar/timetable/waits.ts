// The rehearsal's answer turned into what the chart and the table show: one room on one day, mode by mode, half hour by half hour.
import type { ModeOut, SimulationOut, VenueOut } from '@/api'
import { isoDay } from '@/lib/time'

export interface Place {
  id: string
  day: string
  venue_id: string
}
export interface WaitRow {
  starts_at: string
  waits: (number | null)[]
}

export const placesOf = (simulation: SimulationOut): Place[] =>
  (simulation.modes[0]?.ends ?? []).map(({ day, venue_id }) => ({ id: `${day} ${venue_id}`, day, venue_id })).sort((a, b) => a.id.localeCompare(b.id))

/** Half hours in which anybody comes in any mode; null where nobody does. */
export function rowsOf(simulation: SimulationOut, place: Place): WaitRow[] {
  const of = (mode: ModeOut) => new Map(mode.half_hours.filter((one) => one.venue_id === place.venue_id && isoDay(one.starts_at) === place.day).map((one) => [Date.parse(one.starts_at), one.mean_wait_minutes]))
  const known = simulation.modes.map(of)
  const times = [...new Set(known.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b)
  return times.map((at) => ({ starts_at: new Date(at).toISOString(), waits: known.map((one) => one.get(at) ?? null) }))
}

export const endOf = (mode: ModeOut, place: Place) => mode.ends.find((one) => one.day === place.day && one.venue_id === place.venue_id)?.ends_at ?? null
export const nameOf = (venues: VenueOut[], id: string) => {
  const venue = venues.find((one) => one.venue_id === id)
  return venue ? [venue.venue_name, venue.room].filter(Boolean).join(' ') : ''
}
