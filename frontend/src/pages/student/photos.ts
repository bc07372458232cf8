// Which of a student's photos counts, and in what words its fault is told. Pure.
import type { PhotoOut } from '@/api'
import { findingText } from '@/app/finding'
import { t } from '@/app/i18n'

/** The accepted one; else the newest that is not replaced. The list comes newest first. */
export function currentPhoto<T extends Pick<PhotoOut, 'state'>>(photos: T[]): T | null {
  return photos.find((one) => one.state === 'accepted') ?? photos.find((one) => one.state !== 'superseded') ?? null
}

/** Why not, in one sentence: what a person wrote, else the worst finding. */
export function needOf(photo: Pick<PhotoOut, 'decision_reason' | 'findings'>): string {
  const worst = photo.findings[0]
  return photo.decision_reason || (worst ? findingText(worst) : t('student.photo.no_reason'))
}
