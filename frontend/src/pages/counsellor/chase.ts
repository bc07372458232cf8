// The text for the class chat: who must do something, by reason, each class on a line, and by when.
import type { StatusOut } from '@/api'
import { say, t } from '@/app/i18n'
import { whyLooks, type WhyState } from '@/lib/states'
import { isoDay } from '@/lib/time'

/** Only what the student can mend: nobody is chased for a slot to come or a photo on its way. */
export const CHASED: readonly WhyState[] = ['missed', 'absent', 'photo_rejected']
export const mustAct = (one: StatusOut) => one.why !== null && CHASED.includes(one.why)

export function chaseText(students: StatusOut[], who: string, now: Date, deadline: string | undefined): string {
  const chased = students.filter(mustAct)
  const parts = CHASED.flatMap((why) => {
    const people = chased.filter((one) => one.why === why)
    if (!people.length) return []
    const classes = new Map<string, StatusOut[]>()
    for (const one of people) classes.set(one.class_group_name, [...(classes.get(one.class_group_name) ?? []), one])
    const lines = [...classes].map(([group, members]) =>
      t('counsellor.chase.line', {
        group,
        names: members.map((one) => (one.photo_reason ? t('counsellor.chase.with_reason', { name: one.name, reason: one.photo_reason }) : one.name)).join('、'),
      }),
    )
    return [[t('counsellor.chase.group', { why: t(whyLooks[why].word), n: people.length }), people[0]?.next_step ?? '', ...lines].join('\n')]
  })
  return [
    t('counsellor.chase.head', { who, at: say.moment(now), n: chased.length }),
    ...parts,
    ...(deadline ? [t('counsellor.chase.tail', { day: isoDay(deadline) })] : []),
  ].join('\n\n')
}
