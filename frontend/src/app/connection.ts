// Whether the phone has a network, how old the data on the screen is, and what errors look like once they arrive.
import { ref } from 'vue'
import { client } from '@/api/client.gen'
import type { Problem } from './problems'

export const online = ref(navigator.onLine)
/** Time (ms) of the local copy that was shown because the server did not answer; null while answers are fresh. */
export const keptSince = ref<number | null>(null)

addEventListener('online', () => (online.value = true))
addEventListener('offline', () => (online.value = false))

/** Gives a refusal its status and request id, and an answer that is no problem+json (a proxy's page) the same shape. */
export function asProblem(body: unknown, response: Response): Problem {
  const known = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  return {
    code: known.code ?? `http_${response.status}`,
    detail: known.detail ?? '',
    facts: known.facts ?? {},
    faults: known.faults ?? [],
    status: response.status,
    request_id: response.headers.get('x-request-id') ?? known.request_id ?? null,
    retry_after_seconds: Number(response.headers.get('retry-after')) || null,
  }
}

/** By address: when the server last answered it in this page. */
const freshAt = new Map<string, number>()
export const forgetFresh = () => freshAt.clear()

export function watchConnection() {
  client.interceptors.response.use((response, request) => {
    const kept = response.headers.get('x-kept-since')
    const fresh = freshAt.get(request.url)
    keptSince.value = kept === null ? null : (fresh ?? (Date.parse(kept) || Date.now()))
    // A kept copy may fill an empty page; what the server said since then stays.
    if (kept !== null && fresh !== undefined) throw new TypeError('an old copy')
    if (kept === null && response.ok && request.method === 'GET') freshAt.set(request.url, Date.parse(response.headers.get('date') ?? '') || Date.now())
    return response
  })
  // An Error is no word of the server's, even after its headers: an old copy, a body that broke off, a time limit.
  client.interceptors.error.use((error, response) => (response && !(error instanceof Error) ? asProblem(error, response) : error))
}
