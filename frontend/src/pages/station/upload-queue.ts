// Thousands of photos, three at a time: pause, go on, try again after a lost network, and what became of each.
import { computed, ref, shallowRef } from 'vue'
import type { UploadOut } from '@/api'

export const KINDS = ['waiting', 'sending', 'lost', 'accepted', 'received', 'rejected', 'superseded', 'unmatched', 'already', 'refused'] as const
export type Kind = (typeof KINDS)[number]

export interface Item {
  id: string
  name: string
  file: File
  kind: Kind
  photo: UploadOut | null
  /** Why it was refused. */
  why: string
}

export interface QueueOptions {
  send: (file: File) => Promise<UploadOut>
  isTransient: (error: unknown) => boolean
  /** True when nobody is signed in any more: everything waits. */
  isSignedOut: (error: unknown) => boolean
  message: (error: unknown) => string
  atOnce?: number
  retryMs?: number
}

const OPEN: Kind[] = ['waiting', 'sending', 'lost']
export const isOpen = (item: Item) => OPEN.includes(item.kind)
export const isPhoto = (file: File) => file.type.startsWith('image/') || /\.jpe?g$/i.test(file.name.normalize('NFKC').trim())
const idOf = (file: File) => `${file.webkitRelativePath || file.name}|${file.size}|${file.lastModified}`

export function kindOf(photo: UploadOut): Kind {
  if (photo.already) return 'already'
  if (photo.state === 'received') return photo.student ? 'received' : 'unmatched'
  return photo.state
}

export function createUploadQueue({ send, isTransient, isSignedOut, message, atOnce = 3, retryMs = 3_000 }: QueueOptions) {
  const items = shallowRef<Item[]>([])
  const paused = ref(false)
  const lost = ref(false)
  let sending = 0
  let failures = 0
  let later: ReturnType<typeof setTimeout> | undefined

  const counts = computed(() => {
    const found = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>
    for (const item of items.value) found[item.kind]++
    return found
  })
  const open = computed(() => counts.value.waiting + counts.value.sending + counts.value.lost)

  function change(id: string, more: Partial<Item>) {
    items.value = items.value.map((item) => (item.id === id ? { ...item, ...more } : item))
  }

  function add(files: File[]) {
    const known = new Set(items.value.map((item) => item.id))
    const photos = files.filter(isPhoto)
    const fresh = new Map(photos.map((file) => [idOf(file), file]))
    for (const id of known) fresh.delete(id)
    items.value = [...items.value, ...[...fresh].map(([id, file]): Item => ({ id, name: file.name, file, kind: 'waiting', photo: null, why: '' }))]
    pump()
    return { added: fresh.size, notPhotos: files.length - photos.length, twice: photos.length - fresh.size }
  }

  async function one(item: Item) {
    change(item.id, { kind: 'sending', why: '' })
    try {
      const photo = await send(item.file)
      failures = 0
      lost.value = false
      change(item.id, { kind: kindOf(photo), photo })
    } catch (error) {
      if (isSignedOut(error)) {
        paused.value = true
        change(item.id, { kind: 'waiting' })
      } else if (isTransient(error)) {
        failures++
        lost.value = true
        change(item.id, { kind: 'lost' })
      } else {
        change(item.id, { kind: 'refused', why: message(error) })
      }
    }
  }

  /** Fills the free places. After a lost network one photo feels its way first. */
  function pump() {
    clearTimeout(later)
    if (paused.value) return
    const places = lost.value ? 1 : atOnce
    const next = items.value.filter((item) => item.kind === 'waiting' || item.kind === 'lost')
    for (const item of next.slice(0, Math.max(0, places - sending))) {
      sending++
      void one(item).then(() => {
        sending--
        if (lost.value) {
          clearTimeout(later)
          later = setTimeout(pump, Math.min(30_000, retryMs * 2 ** Math.min(failures - 1, 4)))
        } else pump()
      })
    }
  }

  return {
    items,
    paused,
    lost,
    counts,
    open,
    add,
    pump,
    pause: () => (paused.value = true),
    resume() {
      paused.value = false
      pump()
    },
    retry(id?: string) {
      items.value = items.value.map((item) => (item.kind === 'refused' && (!id || item.id === id) ? { ...item, kind: 'waiting' as const } : item))
      pump()
    },
    clearDone: () => (items.value = items.value.filter((item) => isOpen(item) || item.kind === 'refused')),
  }
}
