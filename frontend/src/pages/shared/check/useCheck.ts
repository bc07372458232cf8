// One photo looked at: by the browser at once, then by the server, which keeps nothing. The newest file wins.
import { onScopeDispose, ref, shallowRef } from 'vue'
import { checkPhoto, type CheckOut } from '@/api'
import { isTransient, statusOf } from '@/app/problems'
import { quickLook, type Quick } from '@/lib/photo-quick'

const LIMIT_MS = 60_000
const SLOW_MS = 6_000
const WAITS_MS = [2_000, 4_000]

export type Sides = { width: number; height: number } | undefined

export function useCheck(campaignId: () => string | null, sides: () => Sides) {
  const file = shallowRef<File | null>(null)
  /** Only this page sees it: never uploaded, revoked with the next photo and with the page. */
  const picture = ref('')
  const quick = shallowRef<Quick | null>(null)
  const result = shallowRef<CheckOut | null>(null)
  const error = shallowRef<unknown>(null)
  const checking = ref(false)
  /** It takes longer than it should: a slow network, mostly. */
  const slow = ref(false)
  /** How often the server was too busy to look at this one. */
  const busy = ref(0)
  let stop: AbortController | undefined

  function clear() {
    stop?.abort()
    stop = undefined
    if (picture.value) URL.revokeObjectURL(picture.value)
    picture.value = ''
    file.value = quick.value = result.value = error.value = null
    checking.value = slow.value = false
    busy.value = 0
  }

  async function take(chosen: File) {
    clear()
    const mine = (stop = new AbortController())
    file.value = chosen
    picture.value = URL.createObjectURL(chosen)
    try {
      const seen = await quickLook(chosen, sides())
      if (mine.signal.aborted) return
      quick.value = seen
      if (!seen.faults.some((one) => one.stop)) await ask()
    } catch (e) {
      if (!mine.signal.aborted) error.value = e // the file is gone, or may not be read
    }
  }

  async function ask() {
    if (!file.value || checking.value) return
    const mine = (stop = new AbortController())
    const end = setTimeout(() => mine.abort(new DOMException('no answer in time', 'TimeoutError')), LIMIT_MS)
    const late = setTimeout(() => stop === mine && (slow.value = true), SLOW_MS)
    error.value = null
    busy.value = 0
    checking.value = true
    const campaign = campaignId()
    try {
      for (;;) {
        try {
          const body = campaign ? { file: file.value, campaign_id: campaign } : { file: file.value }
          const { data } = await checkPhoto({ body, signal: mine.signal, throwOnError: true })
          if (stop === mine) result.value = data
          return
        } catch (e) {
          const wait = statusOf(e) === 503 && isTransient(e) ? WAITS_MS[busy.value] : undefined
          if (stop !== mine) return
          if (wait === undefined) {
            error.value = mine.signal.aborted ? mine.signal.reason : e
            return
          }
          busy.value++
          await new Promise((done) => setTimeout(done, wait))
          if (stop !== mine) return
        }
      }
    } finally {
      clearTimeout(end)
      clearTimeout(late)
      if (stop === mine) checking.value = slow.value = false
    }
  }

  onScopeDispose(clear)
  return { file, picture, quick, result, error, checking, slow, busy, take, ask, clear }
}
