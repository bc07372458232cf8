// English of the list of students without an accepted photo.
import type { Same } from '../..'
import type zh from '../../zh-CN/registrar/missing'

export default {
  title: 'Missing photos',
  question: 'Whose certificate cannot be made',
  total: '{n} without an accepted photo',
  shown: '{n} shown',
  days_left: '{n} days left',
  college: 'College',
  class: 'Class',
  all_colleges: 'All colleges',
  all_classes: 'All classes',
  reason: 'Reason',
  all_reasons: 'All',
  export: 'Export to Excel',
  export_n: 'Export these {n}',
  export_empty: 'Nobody to export',
  clear: 'Clear filters',
  number: 'Student no.',
  name: 'Name',
  slot: 'Slot',
  next: 'Next step',
  slot_at: 'Slot {label} · {at}',
  no_slot: 'Not scheduled',
  nobody: 'Everybody has an accepted photo',
  nobody_note: 'No certificate will fail for want of a photo.',
  none_match: 'Nobody matches these filters',
  photo: 'Photo: {reason}',
  updated: 'As of {at}',
} satisfies Same<typeof zh>
