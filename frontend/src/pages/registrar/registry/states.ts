// What 学信网 shows of a student -> tone and icon; and the deadline as it is typed. Pure.
import type { RegistryState } from '@/api'
import type { Tone } from '@/lib/states'
import { clock, isoDay } from '@/lib/time'

export const REGISTRY_STATES = ['confirmed', 'shown', 'wrong', 'not_shown', 'unknown'] as const satisfies readonly RegistryState[]
/** What the school may report of a list. */
export const REPORTED = ['shown', 'not_shown', 'confirmed', 'wrong'] as const satisfies readonly RegistryState[]

export const registryLooks: Record<RegistryState, { tone: Tone; icon: string; fill: string }> = {
  confirmed: { tone: 'success', icon: 'i-lucide-check-check', fill: 'bg-success' },
  shown: { tone: 'primary', icon: 'i-lucide-eye', fill: 'bg-primary' },
  wrong: { tone: 'error', icon: 'i-lucide-circle-x', fill: 'bg-error' },
  not_shown: { tone: 'warning', icon: 'i-lucide-eye-off', fill: 'bg-warning' },
  unknown: { tone: 'neutral', icon: 'i-lucide-circle-help', fill: 'bg-accented' },
}

/** For <input type="datetime-local">, in Shanghai's time, and back. */
export const typedMoment = (at: string) => `${isoDay(at)}T${clock(at)}`
export const sentMoment = (typed: string) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(typed) ? `${typed}:00+08:00` : null)
