// How the generated client reaches the server: same origin, by cookie, JSON both ways.
import type { CreateClientConfig } from '@/api/client.gen'

const LIMIT_MS = 12_000
/** What the server computes while the page waits. */
const LONG = /\/timetable\/(simulation|publish|draft\/repairs|draft\/difference|solves\/[^/]+\/take)$/
const LONG_MS = 90_000

/** A server that never answers is given up, so that the page can say so. An upload takes what it takes. */
async function limited(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  if (request.headers.get('content-type')?.startsWith('multipart/')) return globalThis.fetch(request)
  const limit = new AbortController()
  const stop = () => limit.abort(request.signal.reason)
  if (request.signal.aborted) stop()
  else request.signal.addEventListener('abort', stop, { once: true })
  // Not cleared by the headers: the body may hang too. After the whole answer it does nothing.
  setTimeout(() => limit.abort(new DOMException('no answer in time', 'TimeoutError')), LONG.test(new URL(request.url).pathname) ? LONG_MS : LIMIT_MS)
  return globalThis.fetch(request, { signal: limit.signal })
}

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: '',
  credentials: 'same-origin',
  fetch: limited,
  headers: { Accept: 'application/json, application/problem+json' },
})
