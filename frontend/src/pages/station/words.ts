// What a press says of itself in the strip, and how a receipt's number is written.
import type { HandoverLine } from '@/api'
import { t } from '@/app/i18n'
import type { Press } from './presses'

export function sentenceOf(press: Press): string {
  const who = { ticket: press.who?.ticket ?? '', name: press.who?.name ?? '' }
  if (press.kind === 'outcome') return t(`station.strip.outcome.${press.result ?? 'shot'}`, who)
  if (press.kind === 'call') return t('station.strip.call', who)
  if (press.kind === 'call_next') return t('station.strip.call_next')
  return press.who ? t('station.strip.take_back_who', who) : t('station.strip.take_back')
}

/** As on paper: six digits. */
export const receiptOf = (one: HandoverLine) => (one.receipt_number === null ? '' : String(one.receipt_number).padStart(6, '0'))
