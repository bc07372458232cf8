// What became of each file of an import: all of it, narrowed, and as a list for Excel.
import { listImportEntries, type EntryOut, type EntryOutcome } from '@/api'
import { meKept } from '@/app/session'
import type { Tone } from '@/lib/states'
import type { PhotoFile, Stage } from './photo-sender'

export type Kind = Exclude<Stage, 'done'> | EntryOutcome
export const looks: Record<Kind, { tone: Tone; icon: string }> = {
  failed: { tone: 'error', icon: 'i-lucide-circle-alert' },
  refused: { tone: 'error', icon: 'i-lucide-ban' },
  rejected: { tone: 'error', icon: 'i-lucide-circle-x' },
  waiting: { tone: 'warning', icon: 'i-lucide-user-search' },
  lost: { tone: 'warning', icon: 'i-lucide-wifi-off' },
  sending: { tone: 'primary', icon: 'i-lucide-cloud-upload' },
  queued: { tone: 'neutral', icon: 'i-lucide-clock' },
  matched: { tone: 'success', icon: 'i-lucide-check' },
  already: { tone: 'neutral', icon: 'i-lucide-copy-check' },
  slate: { tone: 'neutral', icon: 'i-lucide-qr-code' },
}
/** Trouble first. */
export const KINDS = Object.keys(looks) as Kind[]
/** For the list that somebody takes along to mend them. */
export const TROUBLE: Kind[] = ['failed', 'refused', 'rejected']

export interface Row {
  position: number
  name: string
  kind: Kind
  /** Matched, and a person still looks at the picture. */
  review: boolean
  why: string
  remedy: string
  number: string
  student: string
}

export function rowOf(entry: EntryOut, name = entry.name): Row {
  return {
    position: entry.position,
    name,
    kind: entry.outcome,
    review: entry.outcome === 'matched' && entry.photo_state === 'received',
    why: entry.why,
    remedy: entry.remedy,
    number: entry.student_number ?? '',
    student: entry.student_name ?? '',
  }
}

/** A photo on its way. Its own name is shown: whoever sends it has to find it again on the disk. */
export function rowOfFile({ name, meta }: PhotoFile): Row {
  if (meta.entry) return rowOf(meta.entry, name)
  const kind = meta.stage === 'done' ? 'queued' : meta.stage
  return { position: meta.position, name, kind, review: false, why: meta.why, remedy: '', number: '', student: '' }
}

/** What the server says of each file, under the name it has on the disk here; and what never arrived. */
export function merged(entries: EntryOut[], sent: PhotoFile[]): Row[] {
  const names = new Map(sent.map(({ name, meta }) => [meta.position, name]))
  const known = new Set(entries.map((one) => one.position))
  return [...entries.map((one) => rowOf(one, names.get(one.position))), ...sent.filter(({ meta }) => !known.has(meta.position)).map(rowOfFile)]
}

const PAGE = 500
/** From the position after `after` on, page by page. */
export async function allEntries(importId: string, after = 0, signal?: AbortSignal): Promise<EntryOut[]> {
  const path = { campaign_id: meKept.value?.campaign_id ?? '', photo_import_id: importId }
  const found: EntryOut[] = []
  for (;;) {
    const { data } = await listImportEntries({ path, query: { after: found.at(-1)?.position ?? after, limit: PAGE }, signal, throwOnError: true })
    found.push(...data)
    if (data.length < PAGE) return found
  }
}

export function countsOf(rows: Row[]): Partial<Record<Kind, number>> {
  const found: Partial<Record<Kind, number>> = {}
  for (const row of rows) found[row.kind] = (found[row.kind] ?? 0) + 1
  return found
}

/** Trouble first, unless one kind is asked for; then in the order of the camera. */
export function narrowed(rows: Row[], kind: Kind | null, words: string): Row[] {
  const wanted = words.normalize('NFKC').trim().toLowerCase()
  const found = rows.filter((row) => (!kind || row.kind === kind) && (!wanted || `${row.name} ${row.number} ${row.student}`.toLowerCase().includes(wanted)))
  return kind ? found : found.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.position - b.position)
}

/** With a mark that Excel needs to read it as UTF-8; nothing in it is taken for a formula. */
export function csvOf(head: string[], lines: string[][]): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
  return `\uFEFF${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`
}
