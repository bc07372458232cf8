// A folder's photos through Uppy, three at a time: pause, a lost network waited out, and what the server made of each.
import Uppy, { BasePlugin, type Body, type Meta, type UppyFile } from '@uppy/core'
import { computed, ref, shallowRef } from 'vue'
import type { EntryOut } from '@/api'
import type { Picked } from './files'

export type Stage = 'queued' | 'sending' | 'lost' | 'failed' | 'done'
export interface PhotoMeta extends Meta {
  position: number
  stage: Stage
  /** What became of it; the server's word, not the last byte, says so. */
  entry: EntryOut | null
  /** Why it was not stored. */
  why: string
}
export type PhotoFile = UppyFile<PhotoMeta, Body>

export interface SenderOptions {
  send: (file: File, position: number) => Promise<EntryOut>
  isTransient: (error: unknown) => boolean
  /** Nobody is signed in any more, or the batch is closed: everything waits. */
  stops: (error: unknown) => boolean
  /** The server failed at this very file: after so many tries it is left out, or it would hold up all the others. */
  isItsFault?: (error: unknown) => boolean
  message: (error: unknown) => string
  atOnce?: number
  retryMs?: number
  /** At most so often the rows are counted anew. */
  freshMs?: number
}

const TRIES = 4
const SILENT = { debug() {}, warn() {}, error() {} }

class PhotoSender extends BasePlugin<{ id: string; upload: (ids: string[]) => Promise<void> }, PhotoMeta, Body> {
  type = 'uploader'
  id = 'PhotoSender'
  override install() {
    this.uppy.addUploader(this.opts.upload)
  }
}

function asUppyFile({ file, path }: Picked, position: number, entry: EntryOut | null): PhotoFile {
  const progress = entry
    ? { uploadStarted: 1, uploadComplete: true as const, complete: true as const, percentage: 100, bytesUploaded: file.size, bytesTotal: file.size }
    : { uploadStarted: null, percentage: 0, bytesUploaded: false as const, bytesTotal: file.size }
  const name = path.split('/').at(-1) ?? file.name
  return {
    id: `photo-${position}`,
    name,
    type: file.type || 'image/jpeg',
    extension: name.split('.').at(-1) ?? '',
    data: file,
    size: file.size,
    source: 'folder',
    isRemote: false,
    isGhost: false,
    preview: undefined,
    progress,
    meta: { name: file.name, type: file.type, position, stage: entry ? 'done' : 'queued', entry, why: '' },
  }
}

export function createPhotoSender({ send, isTransient, stops, isItsFault = () => false, message, atOnce = 3, retryMs = 3_000, freshMs = 200 }: SenderOptions) {
  const rows = shallowRef<PhotoFile[]>([])
  const paused = ref(false)
  const lost = ref(false)
  /** False while it waits for another batch. */
  const started = ref(false)
  const queue: string[] = []
  const settled = new Map<string, () => void>()
  const tries = new Map<string, number>()
  let sending = 0
  let failures = 0
  let stopped = false
  let later: ReturnType<typeof setTimeout> | undefined
  let soon: ReturnType<typeof setTimeout> | undefined

  const uppy = new Uppy<PhotoMeta, Body>({ id: 'photos', logger: SILENT })
  uppy.use(PhotoSender, {
    id: 'PhotoSender',
    upload: async (ids) => {
      const all = ids.map((id) => new Promise<void>((done) => settled.set(id, done)))
      queue.push(...ids)
      pump()
      await Promise.all(all)
    },
  })
  uppy.on('state-update', () => (soon ??= setTimeout(refresh, freshMs)))
  function refresh() {
    clearTimeout(soon)
    soon = undefined
    rows.value = uppy.getFiles()
  }

  const counts = computed(() => {
    const found = { queued: 0, sending: 0, lost: 0, failed: 0, done: 0 }
    for (const { meta } of rows.value) found[meta.stage]++
    return found
  })
  const open = computed(() => counts.value.queued + counts.value.sending + counts.value.lost)

  const mark = (id: string, more: Partial<PhotoMeta>) => uppy.setFileMeta(id, { ...uppy.getFile(id).meta, ...more })
  function settle(id: string) {
    settled.get(id)?.()
    settled.delete(id)
  }
  function back(id: string, stage: Stage) {
    mark(id, { stage })
    queue.unshift(id)
  }

  function count(id: string): number {
    tries.set(id, (tries.get(id) ?? 0) + 1)
    return tries.get(id)!
  }

  async function one(id: string) {
    const file = uppy.getFile(id)
    const feeling = lost.value
    mark(id, { stage: 'sending', why: '' })
    uppy.emit('upload-start', [file])
    try {
      const entry = await send(file.data as File, file.meta.position)
      failures = 0
      lost.value = false
      mark(id, { stage: 'done', entry })
      uppy.emit('upload-success', uppy.getFile(id), { status: 200, body: {} })
      settle(id)
    } catch (error) {
      if (stops(error)) {
        paused.value = true
        back(id, 'queued')
      } else if (isTransient(error) && !(isItsFault(error) && count(id) >= TRIES)) {
        // Three that fail together are one failure.
        failures = feeling ? failures + 1 : 1
        lost.value = true
        back(id, 'lost')
      } else {
        const why = message(error)
        mark(id, { stage: 'failed', why })
        uppy.emit('upload-error', uppy.getFile(id), { name: 'Refused', message: why })
        settle(id)
      }
    }
  }

  /** Fills the free places. After a lost network one photo feels its way first. */
  function pump() {
    clearTimeout(later)
    while (!paused.value && sending < (lost.value ? 1 : atOnce) && queue.length) {
      sending++
      void one(queue.shift()!).then(() => {
        sending--
        if (!lost.value) return pump()
        clearTimeout(later)
        later = setTimeout(pump, Math.min(30_000, retryMs * 2 ** Math.min(failures - 1, 4)))
      })
    }
  }

  /** Until each has its answer: true when none was refused, and it was not given up. */
  async function through(run: () => Promise<unknown>): Promise<boolean> {
    started.value = true
    await run()
    refresh()
    return !stopped && counts.value.failed === 0
  }

  return {
    uppy,
    rows,
    counts,
    open,
    paused,
    lost,
    started,
    pump,
    /** `through`: what the server has of them already, by position. */
    fill(photos: Picked[], known: ReadonlyMap<number, EntryOut> = new Map()) {
      const files = photos.map((photo, i) => asUppyFile(photo, i + 1, known.get(i + 1) ?? null))
      uppy.setState({ files: Object.fromEntries(files.map((file) => [file.id, file])) })
      refresh()
    },
    start: () => through(() => uppy.upload()),
    retry: () => through(() => uppy.retryAll()),
    pause: () => (paused.value = true),
    resume() {
      paused.value = false
      pump()
    },
    /** Given up: what is on the way may arrive, nothing more is sent, and `start` ends. */
    stop() {
      paused.value = true
      clearTimeout(later)
      queue.length = 0
      stopped = true
      for (const id of [...settled.keys()]) settle(id)
    },
  }
}
export type PhotoSend = ReturnType<typeof createPhotoSender>
