// The student's card, live: the room tells of changes, polling helps out, and checking in puts the answer in its place.
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { CardPlace, MyCard } from '@/api'
import { checkInMyselfMutation, getMyCardOptions, getMyCardQueryKey } from '@/api/@tanstack/vue-query.gen'
import { client } from '@/api/client.gen'
import { useEventStream } from '@/app/events'
import { isTransient, statusOf } from '@/app/problems'
import { useMe } from '@/app/session'

export function useMyCard() {
  const { me, error: meError, refetch: refetchMe } = useMe()
  const path = computed(() => ({ campaign_id: me.value?.campaign_id ?? '' }))
  const query = useQuery(computed(() => ({ ...getMyCardOptions({ path: path.value }), enabled: !!me.value, refetchInterval: 60_000 })))
  const error = computed(() => query.error.value ?? (me.value ? null : meError.value))
  const retry = () => void (me.value ? query.refetch() : refetchMe())
  return { path, card: query.data, pending: query.isPending, error, retry, refetch: query.refetch }
}

/** Keeps the card fresh while the page is open; `moved(from, to)` when the state changes before the student's eyes. */
export function useLiveCard(moved: (to: CardPlace['ticket_state']) => void) {
  const queryClient = useQueryClient()
  const found = useMyCard()
  const key = computed(() => getMyCardQueryKey({ path: found.path.value }))
  // The stream tells of one room: another room (a make-up elsewhere) is another address.
  const url = computed(() => {
    const venue = found.card.value?.venue
    return venue ? `${client.buildUrl({ url: '/api/v1/campaigns/{campaign_id}/me/events', path: found.path.value })}#${venue.venue_id}` : null
  })
  const { staleSince } = useEventStream(
    url,
    (data) => {
      const place = data as CardPlace
      const card = queryClient.getQueryData<MyCard>(key.value)
      if (!card) return
      queryClient.setQueryData<MyCard>(key.value, { ...card, ...place })
      if (card.ticket_state !== place.ticket_state) moved(place.ticket_state)
      else if (card.arrival_at === place.arrival_at) return
      // A new number or an end of it, or another minute: slot, fee and photo may have changed with it.
      void queryClient.invalidateQueries({ queryKey: key.value })
    },
    { poll: () => found.refetch({ throwOnError: true }) },
  )
  return { ...found, staleSince }
}

/** Safe to send again, also when the answer was lost: whoever has a number keeps it. */
export function useCheckIn(done: (card: MyCard) => void) {
  const queryClient = useQueryClient()
  const { path } = useMyCard()
  const { mutate, isPending, error, reset } = useMutation({
    ...checkInMyselfMutation(),
    retry: (count, e) => count < 3 && isTransient(e) && statusOf(e) !== 429,
    onSuccess: (card) => {
      queryClient.setQueryData(getMyCardQueryKey({ path: path.value }), card)
      navigator.vibrate?.(60)
      done(card)
    },
  })
  const checkIn = (code: string) => mutate({ path: path.value, body: { code } })
  return { checkIn, busy: isPending, error, reset }
}
