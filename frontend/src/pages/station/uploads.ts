// The device's one upload queue. It goes on while the console or the till is open; closing the window asks first.
import { watch } from 'vue'
import { uploadPhoto } from '@/api'
import { isTransient, problemMessage } from '@/app/problems'
import { isSessionEnd, queryClient } from '@/app/query'
import { meKept } from '@/app/session'
import { createUploadQueue } from './upload-queue'

const TIMEOUT_MS = 90_000

/** Only over https or localhost; elsewhere the server's own sum is all there is. */
async function sha256Of(file: File): Promise<string | undefined> {
  if (!crypto.subtle) return undefined
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function send(file: File) {
  const campaign_id = meKept.value?.campaign_id ?? ''
  const body = { file, sha256: await sha256Of(file) }
  const { data } = await uploadPhoto({ path: { campaign_id }, body, signal: AbortSignal.timeout(TIMEOUT_MS), throwOnError: true })
  return data
}

export const uploads = createUploadQueue({ send, isTransient, isSignedOut: isSessionEnd, message: problemMessage })

addEventListener('online', uploads.pump)
const ask = (event: BeforeUnloadEvent) => event.preventDefault()
watch(
  () => uploads.open.value > 0,
  (busy) => (busy ? addEventListener('beforeunload', ask) : removeEventListener('beforeunload', ask)),
)
// The lists of photos elsewhere on the page follow, but not at every single file.
watch(
  () => [uploads.counts.value.unmatched, uploads.open.value === 0],
  () => void queryClient.invalidateQueries({ predicate: (query) => JSON.stringify(query.queryKey).includes('listPhotos') }),
)
