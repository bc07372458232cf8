// Where a batch is: what this tab is sending says it first, then what the server says.
import type { PhotoImportOut } from '@/api'
import type { Tone } from '@/lib/states'
import type { Live } from './live'

export type Phase = 'queued' | 'sending' | 'paused' | 'lost' | 'broken' | 'some_failed' | 'unfinished' | 'waiting' | 'reading' | 'held_up' | 'done' | 'nothing_new' | 'refused' | 'cancelled'

export const phaseLooks: Record<Phase, { tone: Tone; icon: string }> = {
  queued: { tone: 'neutral', icon: 'i-lucide-clock' },
  sending: { tone: 'primary', icon: 'i-lucide-cloud-upload' },
  paused: { tone: 'warning', icon: 'i-lucide-pause' },
  lost: { tone: 'warning', icon: 'i-lucide-wifi-off' },
  broken: { tone: 'error', icon: 'i-lucide-circle-alert' },
  some_failed: { tone: 'error', icon: 'i-lucide-circle-alert' },
  unfinished: { tone: 'warning', icon: 'i-lucide-circle-dashed' },
  waiting: { tone: 'primary', icon: 'i-lucide-hourglass' },
  reading: { tone: 'primary', icon: 'i-lucide-scan-search' },
  held_up: { tone: 'warning', icon: 'i-lucide-hourglass' },
  done: { tone: 'success', icon: 'i-lucide-check' },
  nothing_new: { tone: 'neutral', icon: 'i-lucide-copy-check' },
  refused: { tone: 'error', icon: 'i-lucide-ban' },
  cancelled: { tone: 'neutral', icon: 'i-lucide-circle-x' },
}

/** A photo that was not here before became one of these. */
const ARRIVED = ['matched', 'waiting', 'rejected', 'slate'] as const

export function phaseOf(batch: PhotoImportOut, live: Live | undefined, online: boolean): Phase {
  if (batch.state === 'receiving') {
    if (!live) return 'unfinished'
    if (live.kind === 'folder' && !live.send.started.value) return 'queued'
    if (live.send.open.value) return live.send.paused.value ? 'paused' : live.send.lost.value || !online ? 'lost' : 'sending'
    if (live.kind === 'zip') return live.send.why.value ? 'broken' : 'waiting'
    return live.send.counts.value.failed ? 'some_failed' : 'waiting'
  }
  if (batch.state === 'paused') return 'held_up'
  if (batch.state === 'done') return batch.counts.already && !ARRIVED.some((one) => batch.counts[one]) ? 'nothing_new' : 'done'
  return batch.state
}

export const isBusy = (phase: Phase) => ['queued', 'sending', 'paused', 'lost', 'waiting', 'reading'].includes(phase)

/** Done and of how many: bytes of a ZIP under way, else files. */
export function progressOf(batch: PhotoImportOut, live: Live | undefined): { done: number; of: number; unit: 'bytes' | 'files' } {
  if (live?.kind === 'folder') return { done: batch.state === 'receiving' ? live.total - live.send.open.value : batch.done, of: live.total, unit: 'files' }
  if (batch.kind === 'zip' && batch.state === 'receiving') return { done: Math.max(live?.send.open.value ? live.send.sent.value : 0, batch.received), of: batch.size, unit: 'bytes' }
  return { done: batch.done, of: batch.files ?? batch.done, unit: 'files' }
}

export const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(bytes < 9_950_000 ? 1 : 0)
