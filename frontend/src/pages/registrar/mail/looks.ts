// State of a mail -> tone and icon; the word is registrar.mail.states.<state>.
import type { MailState } from '@/api'
import type { Tone } from '@/lib/states'

export const mailLooks: Record<MailState, { tone: Tone; icon: string }> = {
  held: { tone: 'warning', icon: 'i-lucide-mail-question-mark' },
  taken: { tone: 'success', icon: 'i-lucide-mail-check' },
  refused: { tone: 'error', icon: 'i-lucide-undo-2' },
  already: { tone: 'neutral', icon: 'i-lucide-copy' },
  ignored: { tone: 'neutral', icon: 'i-lucide-mail-x' },
}
