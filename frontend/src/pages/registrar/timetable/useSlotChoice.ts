// Where a class may go: every slot with its room left, the turns, and the places among the classes of a turn.
import { computed, type ComputedRef, type Ref } from 'vue'
import type { PlanOut, Turn } from '@/api'
import { say, t } from '@/app/i18n'
import { sameTurn } from './plan'

export function useSlotChoice(plan: ComputedRef<PlanOut>, slotId: Ref<string>, turn: Ref<Turn | 'own'>, but: ComputedRef<ReadonlySet<string>>) {
  const slot = computed(() => plan.value.slots.find((one) => one.slot_id === slotId.value))
  const room = (over: number) => (over > 0 ? t('registrar.timetable.over', { n: over }) : over === 0 ? t('registrar.timetable.full') : t('registrar.timetable.spare', { n: -over }))
  const slotItems = computed(() =>
    plan.value.slots.map((one) => ({
      value: one.slot_id,
      label: [one.label, say.day(one.starts_at), say.span(one.starts_at, one.ends_at), one.college_name || t('registrar.timetable.shared')].join(' · '),
      description: `${t('registrar.timetable.heads_of', { heads: one.stress.heads, capacity: one.stress.capacity })} · ${room(one.stress.over)}`,
    })),
  )
  const others = computed(() => (slot.value && turn.value !== 'own' ? sameTurn(slot.value, turn.value, but.value) : []))
  const placeItems = computed(() => [
    ...others.value.map((one) => ({ value: one.class_group_id, label: t('registrar.timetable.place_before', { name: one.class_group_name }) })),
    { value: 'end', label: t(others.value.length ? 'registrar.timetable.place_end' : 'registrar.timetable.place_only') },
  ])
  /** Index in the slot's classes of the one that it goes before. */
  const indexOf = (place: string) => {
    const at = slot.value?.classes.findIndex((one) => one.class_group_id === place) ?? -1
    return at < 0 ? (slot.value?.classes.length ?? 0) : at
  }
  return { slot, slotItems, others, placeItems, indexOf }
}
