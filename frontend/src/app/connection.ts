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

export function watchConnection() {
  client.interceptors.response.use((response) => {
    const kept = response.headers.get('x-kept-since')
    keptSince.value = kept === null ? null : Date.parse(kept) || Date.now()
    return response
  })
  client.interceptors.error.use((error, response) => (response ? asProblem(error, response) : error))
}
