// The text for the class chats after publishing: the classes that come at another time, with when to be there.
import type { DifferenceOut, Timetable } from '@/api'
import { say, t } from '@/app/i18n'

/** `college` null = all colleges. Classes whose people are not affected are left out. */
export function chatText(difference: DifferenceOut, timetable: Timetable, college: string | null): string {
  const venues = new Map(timetable.venues.map((one) => [one.venue_id, [one.venue_name, one.room, one.gate].filter(Boolean).join(' ')]))
  const classes = difference.classes.filter((one) => one.students > 0 && (college === null || one.college_name === college))
  const lines = classes.map((one) => {
    const parts = timetable.slots.flatMap((slot) => slot.classes.filter((group) => group.class_group_id === one.class_group_id).map((group) => ({ slot, group })))
    if (!parts.length) return t('registrar.timetable.chat.nowhere', { name: one.class_group_name })
    const times = parts.map(({ slot, group }) => {
      const values = { at: say.moment(group.arrival_at), place: venues.get(slot.venue_id) ?? '', first: group.first_place, last: group.last_place ?? '' }
      if (parts.length === 1) return t('registrar.timetable.chat.whole', values)
      return t(group.last_place === null ? 'registrar.timetable.chat.rest' : 'registrar.timetable.chat.part', values)
    })
    return t('registrar.timetable.chat.line', { name: one.class_group_name, times: times.join(t('registrar.timetable.semicolon')) })
  })
  return lines.length ? [t('registrar.timetable.chat.head'), ...lines, t('registrar.timetable.chat.foot')].join('\n') : ''
}
