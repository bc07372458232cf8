// The monitor's class: whose it is, its fees, and who has checked in. Pages share the cache.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { getMyCardOptions, listClassCheckInsOptions, listClassFeesOptions } from '@/api/@tanstack/vue-query.gen'
import { useMe } from '@/app/session'

export function useClass() {
  const { me, error: meError, refetch: refetchMe } = useMe()
  const known = computed(() => !!me.value?.campaign_id && !!me.value.class_group_id)
  const path = computed(() => ({ campaign_id: me.value?.campaign_id ?? '', class_group_id: me.value?.class_group_id ?? '' }))
  return { me, known, path, meError, refetchMe }
}

export function useClassFees({ everyMs = 30_000 } = {}) {
  const { known, path, meError, refetchMe } = useClass()
  const query = useQuery(computed(() => ({ ...listClassFeesOptions({ path: path.value }), enabled: known.value, refetchInterval: everyMs })))
  const error = computed(() => query.error.value ?? (known.value ? null : meError.value))
  const retry = () => void (known.value ? query.refetch() : refetchMe())
  return { path, known, fees: query.data, pending: query.isPending, error, retry, refetch: query.refetch }
}

export function useClassCheckIns() {
  const { known, path, meError, refetchMe } = useClass()
  const query = useQuery(computed(() => ({ ...listClassCheckInsOptions({ path: path.value }), enabled: known.value, refetchInterval: 15_000 })))
  const error = computed(() => query.error.value ?? (known.value ? null : meError.value))
  const retry = () => void (known.value ? query.refetch() : refetchMe())
  const byStudent = computed(() => new Map(query.data.value?.students.map((one) => [one.student_id, one])))
  return { path, known, checkIns: query.data, byStudent, pending: query.isPending, error, retry }
}

/** The monitor is a student too: room and gate come from the own card. */
export function useClassVenue() {
  const { known, path } = useClass()
  const { data } = useQuery(computed(() => ({ ...getMyCardOptions({ path: { campaign_id: path.value.campaign_id } }), enabled: known.value, staleTime: 60_000 })))
  return computed(() => data.value?.venue ?? null)
}
