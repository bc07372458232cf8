// Who is signed in, where they belong, and leaving.
import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef } from 'vue'
import { getMe, signOut as signOutCall } from '@/api'
import { getMeOptions, getMeQueryKey } from '@/api/@tanstack/vue-query.gen'
import type { GetMeResponse } from '@/api'
import { setServerNow } from './clock'
import { forgetFresh } from './connection'
import { statusOf } from './problems'
import { queryClient } from './query'

export type Me = GetMeResponse
export type Person = 'student' | 'counsellor' | 'agency' | 'registrar' | 'screen'

/** The last known me, readable without a query: for the outbox, the bars and the guard. */
export const meKept = shallowRef<Me | null>(null)

/** A monitor is a student with more to do; an API key is nobody here. */
export function personOf(me: Me): Person | null {
  if (me.kind === 'student') return 'student'
  if (me.kind !== 'staff') return null
  const role = me.role
  return role === 'registrar' || role === 'counsellor' || role === 'agency' || role === 'screen' ? role : null
}

const homes: Record<Person, string> = { registrar: '/desk', counsellor: '/college', agency: '/station', screen: '/board', student: '/me' }

export function homeOf(me: Me): string {
  const person = personOf(me)
  return person ? homes[person] : '/sign-in'
}

async function fetchMe(signal?: AbortSignal): Promise<Me> {
  const { data, response } = await getMe({ signal, throwOnError: true })
  if (!response.headers.has('x-kept-since')) setServerNow(data.server_now)
  meKept.value = data
  return data
}

const meQuery = { ...getMeOptions(), queryFn: ({ signal }: { signal: AbortSignal }) => fetchMe(signal), staleTime: 60_000 }

export function useMe() {
  const { data, error, refetch } = useQuery({ ...meQuery, refetchInterval: 5 * 60_000 })
  const me = computed(() => data.value ?? meKept.value)
  return { me, error, refetch, person: computed(() => (me.value ? personOf(me.value) : null)) }
}

/** null when nobody is signed in; throws when the server cannot be reached and nothing was kept. */
export async function loadMe(): Promise<Me | null> {
  try {
    return await queryClient.ensureQueryData({ ...meQuery, retry: false })
  } catch (error) {
    if (statusOf(error) === 401) await forget()
    if (statusOf(error) === 401 || statusOf(error) === 403) return null
    if (meKept.value) return meKept.value
    throw error
  }
}

/** After any sign-in: forget the person before, learn the new one. */
export async function enter(): Promise<Me> {
  await forget()
  return queryClient.fetchQuery({ ...meQuery, staleTime: 0 })
}

const leaving = new Set<() => void>()
/** What else has to end with the session: work that goes on outside any page. */
export const onForget = (act: () => void) => void leaving.add(act)

/** Nothing of one person may stay on the device for the next. Unsent deeds stay, under their owner's id. */
export async function forget() {
  for (const end of leaving) end()
  meKept.value = null
  forgetFresh()
  queryClient.clear()
  if ('caches' in window) await caches.delete('api')
}

export async function signOut() {
  await signOutCall({ throwOnError: true }).catch((error: unknown) => {
    if (statusOf(error) !== 401) throw error
  })
  await forget()
}

export const meKey = getMeQueryKey
