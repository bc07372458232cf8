// The tray's tabs: what each asks the server for, and how many photos it holds.
import type { ListPhotosData, PhotoCounts } from '@/api'

export const TRAYS = ['unmatched', 'review', 'rejected', 'accepted', 'superseded'] as const
export type Tray = (typeof TRAYS)[number]

export const trayQuery: Record<Tray, NonNullable<ListPhotosData['query']>> = {
  unmatched: { state: 'received', unmatched: true },
  review: { state: 'received', unmatched: false },
  rejected: { state: 'rejected' },
  accepted: { state: 'accepted' },
  superseded: { state: 'superseded' },
}

export function inTray(counts: PhotoCounts, tray: Tray): number {
  if (tray === 'review') return counts.received - counts.unmatched
  return counts[tray]
}
