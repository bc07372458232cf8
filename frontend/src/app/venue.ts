// Which room this device serves: the address says (?venue=), else what was chosen here before, else the only one there is.
import { useQuery } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { useRoute } from 'vue-router'
import { getTimetableOptions } from '@/api/@tanstack/vue-query.gen'
import { useMe } from './session'

const STORED = 'gradphoto.venue'

export function useVenue() {
  const route = useRoute()
  const { me, error: meError, refetch: refetchMe } = useMe()
  const campaignId = computed(() => me.value?.campaign_id ?? null)
  const { data, error, isPending, refetch } = useQuery(
    computed(() => ({
      ...getTimetableOptions({ path: { campaign_id: campaignId.value ?? '' } }),
      enabled: campaignId.value !== null,
      staleTime: 10 * 60_000,
    })),
  )
  const chosen = ref(localStorage.getItem(STORED))
  const venues = computed(() => data.value?.venues ?? [])
  const venue = computed(() => {
    const all = venues.value
    const wanted = typeof route.query.venue === 'string' ? route.query.venue : chosen.value
    return all.find((one) => one.venue_id === wanted) ?? (all.length === 1 ? all[0]! : null)
  })

  function choose(venueId: string | null) {
    chosen.value = venueId
    if (venueId) localStorage.setItem(STORED, venueId)
    else localStorage.removeItem(STORED)
  }

  return {
    campaignId,
    venues,
    venue,
    timetable: data,
    choose,
    pending: isPending,
    error: computed(() => error.value ?? (campaignId.value === null ? meError.value : null)),
    retry: () => void (campaignId.value === null ? refetchMe() : refetch()),
  }
}
