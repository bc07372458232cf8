// A ZIP through Uppy and tus, in pieces: resumed at the byte where the server is, after a lost network, a pause, a reload.
import Uppy from '@uppy/core'
import Tus, { type TusBody } from '@uppy/tus'
import { computed, ref } from 'vue'
import type { Problem } from '@/app/problems'

const PIECE = 8 << 20
/** As long as somebody leaves the page open; half a minute apart in the end. */
const DELAYS = Array.from({ length: 2_000 }, (_, i) => Math.min(30_000, 1_000 * 2 ** Math.min(i, 5)))
const SILENT = { debug() {}, warn() {}, error() {} }

interface Answer {
  getStatus(): number
  getBody(): string
}
export interface ZipOptions {
  /** Where the server takes the pieces of this import. */
  url: string
  /** Nobody is signed in any more. */
  signedOut: () => void
  message: (problem: unknown) => string
}

export function problemOf(answer: Answer): Problem {
  let known: Partial<Problem> = {}
  try {
    known = JSON.parse(answer.getBody()) as Partial<Problem>
  } catch {
    // An answer of something between here and the server.
  }
  const status = answer.getStatus()
  return { code: known.code ?? `http_${status}`, detail: known.detail ?? '', facts: {}, faults: [], status, request_id: null, retry_after_seconds: null }
}

/** The server has more or less than we thought: asked again, it says where to go on. Other refusals are its last word. */
export const goesOn = (problem: Problem | null) => problem === null || problem.status >= 500 || [408, 423, 425, 429].includes(problem.status) || problem.code === 'offset_differs'

export function createZipSender(file: File, { url, signedOut, message }: ZipOptions) {
  const sent = ref(0)
  const paused = ref(false)
  const lost = ref(false)
  const arrived = ref(false)
  /** The server's last word, if it was a no. */
  const why = ref('')

  const uppy = new Uppy<Record<string, never>, TusBody>({ id: 'zip', logger: SILENT })
  uppy.use(Tus, {
    uploadUrl: url,
    chunkSize: PIECE,
    retryDelays: DELAYS,
    storeFingerprintForResuming: false,
    allowedMetaFields: [],
    limit: 1,
    onShouldRetry(error, _attempt, _options, next) {
      const answer = (error as { originalResponse: Answer | null }).originalResponse
      if (!goesOn(answer ? problemOf(answer) : null)) return false
      lost.value = true
      // What Uppy itself would call hopeless is asked again all the same, and it does its own bookkeeping.
      return next(error) || true
    },
    onChunkComplete: () => (lost.value = false),
    onError(error) {
      const answer = (error as { originalResponse?: Answer | null }).originalResponse
      const problem = answer ? problemOf(answer) : null
      paused.value = true
      if (problem?.status === 401) signedOut()
      else why.value = message(problem ?? error)
    },
  })
  const id = uppy.addFile({ name: file.name, type: 'application/zip', data: file })
  uppy.on('upload-progress', (_, progress) => {
    const bytes = progress.bytesUploaded || 0
    if (bytes > sent.value) lost.value = false
    sent.value = bytes
  })
  uppy.on('upload-success', () => {
    sent.value = file.size
    lost.value = false
    arrived.value = true
  })

  return {
    uppy,
    size: file.size,
    sent,
    paused,
    lost,
    arrived,
    why,
    open: computed(() => !arrived.value && why.value === ''),
    start: () => uppy.upload().catch(() => undefined),
    pause() {
      paused.value = true
      if (!uppy.getFile(id).isPaused) uppy.pauseResume(id)
    },
    resume() {
      paused.value = false
      lost.value = false
      why.value = ''
      const now = uppy.getFile(id)
      if (now.error) void uppy.retryUpload(id).catch(() => undefined)
      else if (now.isPaused) uppy.pauseResume(id)
    },
    /** Left as it is on the server: tus would delete there what it gives up here. */
    stop() {
      paused.value = true
      if (!uppy.getFile(id).isPaused) uppy.pauseResume(id)
    },
  }
}
export type ZipSend = ReturnType<typeof createZipSender>
