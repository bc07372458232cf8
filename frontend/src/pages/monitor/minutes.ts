// The class in groups that come at the same minute, the earliest first; who was told none stands last.
import type { StudentCheckIn } from '@/api'

export interface MinuteGroup<T> {
  at: string | null
  students: T[]
}

const momentOf = (at: string | null) => (at ? Date.parse(at) : Number.MAX_SAFE_INTEGER)

export function byMinute<T extends Pick<StudentCheckIn, 'arrival_at' | 'number'>>(students: T[]): MinuteGroup<T>[] {
  const groups = new Map<string | null, T[]>()
  for (const one of students) groups.set(one.arrival_at, [...(groups.get(one.arrival_at) ?? []), one])
  return [...groups].map(([at, of]) => ({ at, students: of })).sort((a, b) => momentOf(a.at) - momentOf(b.at))
}
