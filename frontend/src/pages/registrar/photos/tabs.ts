// The photos of whom we know, by what became of them: what each tab asks the server for, and how many it holds.
import type { ListPhotosData, PhotoCounts } from '@/api'

export const TABS = ['review', 'rejected', 'accepted', 'superseded'] as const
export type Tab = (typeof TABS)[number]

/** Who has no owner yet waits in the tray (待认领), and a camera's original for nothing. */
export const tabQuery: Record<Tab, NonNullable<ListPhotosData['query']>> = {
  review: { state: 'received', unmatched: false, original: false },
  rejected: { state: 'rejected' },
  accepted: { state: 'accepted' },
  superseded: { state: 'superseded' },
}

export const toReview = (counts: PhotoCounts) => counts.received - counts.unmatched - counts.originals
export const inTab = (counts: PhotoCounts, tab: Tab) => (tab === 'review' ? toReview(counts) : counts[tab])
