// English of the evidence card of one photo.
import type { Same } from '..'
import type zh from '../zh-CN/evidence'

export default {
  title: 'Was this photo edited again?',
  not_proof: 'This is evidence, not proof. Only the structure of the file is looked at; what the agency embedded is not read.',
  compared: 'Compared with {n} photos of the same source and size',
  verdict: { some: '{n} things stand out: compare with the original', none: 'Nothing stands out', few: 'Too few photos of the batch to compare with' },
  clues: 'Beside its batch',
  what: 'What',
  here: 'This one',
  batch: 'Usual in the batch',
  unusual: 'stands out',
  clue: { tables: 'Quantisation tables', records: 'Embedded records', trailing: 'Bytes after the end', coding: 'Coding', order: 'Order of the parts' },
  versions: 'Other photos of this student',
  no_versions: 'There is no other photo to compare with.',
  picture: { same_bytes: 'The coded picture is the same byte for byte', same_pixels: 'The same picture, saved again', other: 'Another picture', unknown: 'Whether the picture is the same cannot be told' },
  lost: 'Missing here:',
  added: 'Only here:',
  segments: 'The file has {n} parts',
  trailing: '{n} bytes after the end',
  no_trailing: 'Nothing after the end',
  after_end: 'after the end',
  unfold: 'See each part',
  fold: 'Fold',
  name: 'Part',
  offset: 'Offset',
  length: 'Bytes',
  hash: 'SHA-256',
  bytes: '{n} bytes',
  note: 'Saving again, compressing and retouching leave such traces; so does a new device of the agency. A person decides. For a proof, have the agency use its own tool.',
} satisfies Same<typeof zh>
