// What Enter may do on a mail, and where J and K lead. Pure. A wrong face is worse than one more key: no guess between people who look alike.
import type { CandidateOut, MailState } from '@/api'

export const MAIL_STATES = ['held', 'taken', 'refused', 'already', 'ignored'] as const satisfies readonly MailState[]
/** A person may still say whose it is. */
export const isOpen = (state: MailState) => state === 'held' || state === 'refused'

const AHEAD = 0.1
const SURE = 0.8
const SIGNS = 2

/** Chosen beforehand only when two things agree, strongly, and well ahead of the next. */
export function obvious(candidates: CandidateOut[]): string | null {
  const [best, second] = candidates
  return best && best.reasons.length >= SIGNS && best.score >= SURE && best.score - (second?.score ?? 0) >= AHEAD ? best.student_id : null
}

export type Hindrance = 'need_any_picture' | 'need_picture' | 'need_nobody' | 'need_look' | 'need_person'

/** Why a match cannot be made yet; null = it can. */
export function hindrance(picture: number | null, pictures: number, person: string | null, candidates: number): Hindrance | null {
  if (!pictures) return 'need_any_picture'
  if (picture === null) return 'need_picture'
  if (person === null) return !candidates ? 'need_nobody' : candidates === 1 ? 'need_look' : 'need_person'
  return null
}

/** The neighbour in the list; past an end it stays. After the last one is gone: the new last one. */
export function neighbour<T extends { mail_id: string }>(mails: T[], chosen: string | undefined, step: 1 | -1): T | undefined {
  const at = mails.findIndex((one) => one.mail_id === chosen)
  if (at < 0) return mails[0]
  return mails[Math.min(mails.length - 1, Math.max(0, at + step))]
}

/** Which to show when `gone` leaves the list: what stood behind it, else before it. */
export function afterwards<T extends { mail_id: string }>(mails: T[], gone: string): string | undefined {
  const at = mails.findIndex((one) => one.mail_id === gone)
  return (mails[at + 1] ?? mails[at - 1])?.mail_id
}

/** The line for the list: what is wrong with the photo says more than that something is. */
export function tellingCause(causes: { code: string; zh: string }[]): string {
  const [first, second] = causes
  return (first?.code === 'photo_rejected' && second ? second : first)?.zh ?? ''
}
