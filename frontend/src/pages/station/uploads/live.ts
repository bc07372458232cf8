// The batches that this tab is sending. They go on while the console or the till is open; closing the window asks first.
import { shallowReactive, watch, type WatchHandle } from 'vue'
import { cancelPhotoImport, completePhotoImport, createPhotoImport, getPhotoImport, uploadImportFile, type EntryOut, type PhotoImportOut } from '@/api'
import { getTrayQueryKey, listPhotoImportsQueryKey } from '@/api/@tanstack/vue-query.gen'
import { isProblem, isTransient, problemMessage } from '@/app/problems'
import { isSessionEnd, queryClient } from '@/app/query'
import { meKept } from '@/app/session'
import { uuid } from '@/lib/outbox'
import { allEntries } from './entries'
import { folderOf, printOfFolder, printOfZip, remember, rememberedImport, rememberedPrint, sorted, type Picked } from './files'
import { createPhotoSender, type PhotoSend } from './photo-sender'
import { createZipSender, type ZipSend } from './zip-sender'

const TIMEOUT_MS = 90_000
const AGAIN_MS = 3_000
interface Base {
  importId: string
  name: string
}
export type Live = Base & ({ kind: 'zip'; send: ZipSend } | { kind: 'folder'; send: PhotoSend; total: number })
/** By import, in the order in which they were begun. */
export const lives = shallowReactive(new Map<string, Live>())

const path = () => ({ campaign_id: meKept.value?.campaign_id ?? '' })
export async function freshen(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: listPhotoImportsQueryKey({ path: path() }) }),
    queryClient.invalidateQueries({ queryKey: getTrayQueryKey({ path: path() }) }),
    queryClient.invalidateQueries({ predicate: (query) => JSON.stringify(query.queryKey).includes('listPhotos"') }),
  ])
}

/** Only over https or localhost; elsewhere the server's own sum is all there is. */
async function sha256Of(file: File): Promise<string | undefined> {
  if (!crypto.subtle) return undefined
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

// --- one after the other ---------------------------------------------------------------------------------------------

const waiting: { send: PhotoSend; run: () => Promise<unknown> }[] = []
let busy = false
/** Two batches at once would only share the same three places. One that is paused holds up nobody. */
async function inTurn(send: PhotoSend, run: () => Promise<unknown>) {
  waiting.push({ send, run })
  if (busy) return
  busy = true
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { send: now } = next
    let leave: WatchHandle | undefined
    const paused = new Promise<void>((done) => (leave = watch(now.paused, (is) => is && done(), { immediate: true })))
    await Promise.race([next.run().catch(() => undefined), paused])
    leave?.()
  }
  busy = false
}

// --- a folder --------------------------------------------------------------------------------------------------------

function folderSender(importId: string): PhotoSend {
  const at = { ...path(), photo_import_id: importId }
  return createPhotoSender({
    send: async (file, position) => {
      const body = { file, position, sha256: await sha256Of(file) }
      return (await uploadImportFile({ path: at, body, signal: AbortSignal.timeout(TIMEOUT_MS), throwOnError: true })).data
    },
    isTransient,
    stops: (error) => isSessionEnd(error) || (isProblem(error) && error.code === 'import_closed'),
    isItsFault: (error) => isProblem(error) && error.status === 500,
    message: problemMessage,
  })
}

/** The server is told that this is all; asked again until it has heard. */
export async function complete(importId: string) {
  for (;;) {
    try {
      await completePhotoImport({ path: { ...path(), photo_import_id: importId }, throwOnError: true })
      break
    } catch (error) {
      if (isSessionEnd(error) || !isTransient(error)) break
      await new Promise((later) => setTimeout(later, AGAIN_MS))
    }
  }
  await freshen()
}

function sendFolder(made: PhotoImportOut, photos: Picked[], known: ReadonlyMap<number, EntryOut>) {
  const send = folderSender(made.photo_import_id)
  send.fill(photos, known)
  lives.set(made.photo_import_id, { importId: made.photo_import_id, name: made.name, kind: 'folder', send, total: photos.length })
  const finish = async (clean: boolean) => (clean ? complete(made.photo_import_id) : freshen())
  void inTurn(send, async () => finish(await send.start()))
  return made.photo_import_id
}
export const retryFolder = (live: Live) => live.kind === 'folder' && void live.send.retry().then((clean) => (clean ? complete(live.importId) : freshen()))

// --- a ZIP -----------------------------------------------------------------------------------------------------------

function sendZip(made: PhotoImportOut, file: File) {
  const url = `/api/v1/campaigns/${path().campaign_id}/photo-imports/${made.photo_import_id}/bytes`
  const send = createZipSender(file, { url, signedOut: () => isSessionEnd({ code: 'not_signed_in', status: 401 }), message: problemMessage })
  lives.set(made.photo_import_id, { importId: made.photo_import_id, name: made.name, kind: 'zip', send })
  watch(send.arrived, () => void freshen())
  void send.start()
  return made.photo_import_id
}

// --- begun, and gone on with -----------------------------------------------------------------------------------------

/** The unfinished import that was begun with this very file or folder on this device. */
async function unfinished(print: string): Promise<PhotoImportOut | null> {
  const id = rememberedImport(print)
  if (!id) return null
  try {
    const { data } = await getPhotoImport({ path: { ...path(), photo_import_id: id }, throwOnError: true })
    return data.state === 'receiving' ? data : null
  } catch (error) {
    if (isProblem(error) && error.status === 404) return null
    throw error
  }
}

const create = async (kind: 'zip' | 'folder', name: string, size: number, camera: boolean) =>
  (await createPhotoImport({ path: path(), body: { op_id: uuid(), kind, name: name.slice(0, 255), size, camera, source: 'on_site' }, throwOnError: true })).data

export async function beginZip(file: File, camera: boolean): Promise<string> {
  const print = await printOfZip(file)
  const left = await unfinished(print)
  const running = left && lives.get(left.photo_import_id)
  if (running?.send.open.value) return running.importId
  const made = left ?? (await create('zip', file.name, file.size, camera))
  remember(print, made.photo_import_id)
  return sendZip(made, file)
}

export async function beginFolder(photos: Picked[], name: string, camera: boolean): Promise<string> {
  const print = printOfFolder(photos)
  const left = await unfinished(print)
  if (left && lives.get(left.photo_import_id)?.send.open.value) return left.photo_import_id
  const made = left ?? (await create('folder', folderOf(photos) || name, 0, camera))
  remember(print, made.photo_import_id)
  const known = left ? await allEntries(made.photo_import_id) : []
  return sendFolder(made, photos, new Map(known.map((entry) => [entry.position, entry])))
}

/** Goes on with an import after a reload. False when what was chosen is something else. */
export async function goOnZip(made: PhotoImportOut, file: File): Promise<boolean> {
  const print = await printOfZip(file)
  const was = rememberedPrint(made.photo_import_id)
  if (file.size !== made.size || (was !== undefined && was !== print)) return false
  remember(print, made.photo_import_id)
  sendZip(made, file)
  return true
}

export async function goOnFolder(made: PhotoImportOut, chosen: Picked[]): Promise<boolean> {
  const { photos } = sorted(chosen)
  if (rememberedPrint(made.photo_import_id) !== printOfFolder(photos)) return false
  const known = await allEntries(made.photo_import_id)
  sendFolder(made, photos, new Map(known.map((entry) => [entry.position, entry])))
  return true
}

export async function cancel(importId: string) {
  await cancelPhotoImport({ path: { ...path(), photo_import_id: importId }, throwOnError: true })
  lives.get(importId)?.send.stop()
  lives.delete(importId)
  await freshen()
}

// --- the window ------------------------------------------------------------------------------------------------------

const sending = () => [...lives.values()].some((live) => live.send.open.value)
addEventListener('online', () => lives.forEach((live) => live.kind === 'folder' && live.send.pump()))
const ask = (event: BeforeUnloadEvent) => event.preventDefault()
watch(sending, (now) => (now ? addEventListener('beforeunload', ask) : removeEventListener('beforeunload', ask)))
