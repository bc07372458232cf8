// State -> word, tone, icon: the one table behind every badge. Colour never speaks alone.
import type { WordKey } from '@/locales'

export type Tone = 'primary' | 'neutral' | 'success' | 'warning' | 'error' | 'info'
export interface Look {
  word: WordKey
  tone: Tone
  icon: string
}

export const TICKET_STATES = ['expected', 'waiting', 'next', 'called', 'shot', 'retake', 'absent'] as const
export const FEE_STATES = ['unpaid', 'with_monitor', 'handed_over', 'waived', 'refunded'] as const
export const PHOTO_STATES = ['none', 'received', 'accepted', 'rejected', 'superseded'] as const
export const HANDOVER_STATES = ['declared', 'confirmed', 'disputed', 'withdrawn'] as const
export const WHY_STATES = ['missed', 'absent', 'photo_rejected', 'not_scheduled', 'quarantined', 'photo_unclaimed', 'mail_held', 'asked_person', 'photo_waiting', 'photo_awaited', 'in_line', 'not_yet'] as const
export type TicketState = (typeof TICKET_STATES)[number]
export type FeeState = (typeof FEE_STATES)[number]
export type PhotoState = (typeof PHOTO_STATES)[number]
export type HandoverState = (typeof HANDOVER_STATES)[number]
/** Why there is no accepted photo; what somebody must act on comes first. */
export type WhyState = (typeof WHY_STATES)[number]

const look = (word: WordKey, tone: Tone, icon: string): Look => ({ word, tone, icon })

export const ticketLooks: Record<TicketState, Look> = {
  expected: look('common.ticket.expected', 'neutral', 'i-lucide-clock'),
  waiting: look('common.ticket.waiting', 'primary', 'i-lucide-users'),
  next: look('common.ticket.next', 'warning', 'i-lucide-bell-ring'),
  called: look('common.ticket.called', 'info', 'i-lucide-camera'),
  shot: look('common.ticket.shot', 'success', 'i-lucide-check'),
  retake: look('common.ticket.retake', 'warning', 'i-lucide-rotate-ccw'),
  absent: look('common.ticket.absent', 'error', 'i-lucide-user-x'),
}

export const feeLooks: Record<FeeState, Look> = {
  unpaid: look('common.fee.unpaid', 'error', 'i-lucide-circle-alert'),
  with_monitor: look('common.fee.with_monitor', 'primary', 'i-lucide-hand-coins'),
  handed_over: look('common.fee.handed_over', 'success', 'i-lucide-check'),
  waived: look('common.fee.waived', 'neutral', 'i-lucide-minus'),
  refunded: look('common.fee.refunded', 'neutral', 'i-lucide-undo-2'),
}

export const photoLooks: Record<PhotoState, Look> = {
  none: look('common.photo.none', 'neutral', 'i-lucide-image-off'),
  received: look('common.photo.received', 'info', 'i-lucide-scan-search'),
  accepted: look('common.photo.accepted', 'success', 'i-lucide-check'),
  rejected: look('common.photo.rejected', 'error', 'i-lucide-circle-x'),
  superseded: look('common.photo.superseded', 'neutral', 'i-lucide-history'),
}

export const handoverLooks: Record<HandoverState, Look> = {
  declared: look('common.handover.declared', 'warning', 'i-lucide-hourglass'),
  confirmed: look('common.handover.confirmed', 'success', 'i-lucide-check-check'),
  disputed: look('common.handover.disputed', 'error', 'i-lucide-triangle-alert'),
  withdrawn: look('common.handover.withdrawn', 'neutral', 'i-lucide-undo-2'),
}

export const whyLooks: Record<WhyState, Look> = {
  missed: look('common.why.missed', 'error', 'i-lucide-user-x'),
  absent: look('common.why.absent', 'error', 'i-lucide-bell-off'),
  photo_rejected: look('common.why.photo_rejected', 'error', 'i-lucide-circle-x'),
  not_scheduled: look('common.why.not_scheduled', 'warning', 'i-lucide-calendar-off'),
  quarantined: look('common.why.quarantined', 'warning', 'i-lucide-file-warning'),
  photo_unclaimed: look('common.why.photo_unclaimed', 'info', 'i-lucide-user-search'),
  mail_held: look('common.why.mail_held', 'info', 'i-lucide-mail-question-mark'),
  asked_person: look('common.why.asked_person', 'info', 'i-lucide-message-circle-question-mark'),
  photo_waiting: look('common.why.photo_waiting', 'info', 'i-lucide-scan-search'),
  photo_awaited: look('common.why.photo_awaited', 'info', 'i-lucide-cloud-upload'),
  in_line: look('common.why.in_line', 'primary', 'i-lucide-users'),
  not_yet: look('common.why.not_yet', 'neutral', 'i-lucide-clock'),
}

/** The student's big card is filled with the state's colour, to be read at arm's length. */
export const ticketFill: Record<TicketState, string> = {
  expected: 'bg-default text-highlighted ring ring-default',
  waiting: 'bg-ink-600 text-white',
  next: 'bg-amber-300 text-amber-950',
  called: 'bg-violet-700 text-white',
  shot: 'bg-emerald-800 text-white',
  retake: 'bg-amber-300 text-amber-950',
  absent: 'bg-rose-700 text-white',
}
