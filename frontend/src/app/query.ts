// Server state lives here and nowhere else. Cached data stays on the screen when the network goes.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/vue-query'
import { isTransient, statusOf } from './problems'

let ended: () => void = () => {}
/** What to do when the server says that nobody is signed in any more. */
export const onSessionEnd = (act: () => void) => (ended = act)

/** True for a 401, after having sent the person to the sign-in page (which itself is left in peace). */
export function isSessionEnd(error: unknown): boolean {
  if (statusOf(error) !== 401) return false
  ended()
  return true
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => void isSessionEnd(error) }),
  mutationCache: new MutationCache({ onError: (error) => void isSessionEnd(error) }),
  defaultOptions: {
    queries: {
      networkMode: 'offlineFirst',
      staleTime: 10_000,
      gcTime: 60 * 60_000,
      retry: (count, error) => count < 2 && isTransient(error),
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
