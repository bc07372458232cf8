// Arranging a class in the own college's slots: one place earlier or later, elsewhere, out; each step is kept at once and can be undone.
import { useMutation, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, type Ref } from 'vue'
import type { Timetable, Turn } from '@/api'
import { getTimetableQueryKey, moveClassMutation, unplaceClassMutation } from '@/api/@tanstack/vue-query.gen'
import { say, t } from '@/app/i18n'
import { endOf, sameSpot, standingOf, step, type Spot, type Standing } from './moves'

interface Done {
  id: string
  word: string
  /** Where it was: a spot, out of the timetable, or undone already. */
  back: Spot | 'out' | null
  /** Where it was put. */
  to: { slot_id: string; turn: Turn } | 'out'
}

export function useArrange(path: Ref<{ campaign_id: string }>, timetable: Ref<Timetable | undefined>) {
  const queryClient = useQueryClient()
  const last = ref<Done | null>(null)
  const onSuccess = (found: Timetable) => void queryClient.setQueryData(getTimetableQueryKey({ path: path.value }), found)
  const moved = useMutation({ ...moveClassMutation(), onSuccess })
  const taken = useMutation({ ...unplaceClassMutation(), onSuccess })
  const busy = computed(() => moved.isPending.value || taken.isPending.value)
  const error = computed(() => moved.error.value ?? taken.error.value)

  function begin(): boolean {
    if (busy.value) return false
    moved.reset()
    taken.reset()
    return true
  }
  const spotNow = (id: string): Spot | 'out' => (timetable.value && standingOf(timetable.value.slots, id)?.spot) || 'out'

  function move(id: string, to: Spot, undoing = false) {
    const back = spotNow(id)
    if (!begin()) return
    moved.mutate(
      { path: { ...path.value, class_group_id: id }, body: { ...to, from_slot_id: back === 'out' ? null : back.slot_id } },
      {
        onSuccess: (found) => {
          const now = standingOf(found.slots, id)
          if (!now) return
          const values = { name: now.self.class_group_name, slot: t('counsellor.college.slot', { label: now.slot.label }), n: now.index + 1, at: say.clock(now.self.arrival_at) }
          last.value = undoing ? { id, word: t('counsellor.class_group.undone'), back: null, to } : { id, word: t('counsellor.class_group.moved', values), back, to }
        },
      },
    )
  }
  function takeOut(id: string, name: string, undoing = false) {
    const back = spotNow(id)
    if (!begin()) return
    taken.mutate(
      { path: { ...path.value, class_group_id: id } },
      { onSuccess: () => (last.value = undoing ? { id, word: t('counsellor.class_group.undone'), back: null, to: 'out' } : { id, word: t('counsellor.class_group.taken_out', { name }), back, to: 'out' }) },
    )
  }
  /** What somebody else has moved since is not taken back from here. */
  const done = computed(() => {
    const was = last.value
    if (!was?.back) return was
    const [now, to] = [spotNow(was.id), was.to]
    const same = now === 'out' || to === 'out' ? now === to : now.slot_id === to.slot_id && now.turn === to.turn
    return same ? was : { ...was, back: null }
  })
  function undo() {
    const was = done.value
    if (!was?.back) return
    if (was.back === 'out') takeOut(was.id, '', true)
    else move(was.id, was.back, true)
  }

  /** The spot one earlier and one later; null where there is none. */
  const sides = (standing: Standing) => ({ earlier: spotOrNull(step(standing, -1)), later: spotOrNull(step(standing, 1)) })

  /** Front, end, first or last, another slot of the college, out. A class that was split is left to the registrar. */
  function menuOf({ slot, spot, self }: Standing) {
    const id = self.class_group_id
    const item = (label: string, icon: string, to: Spot) => ({ label, icon, disabled: sameSpot(to, spot), onSelect: () => move(id, to) })
    const turns: [Turn, string, string][] = [
      ['first', t('counsellor.class_group.turn_first'), 'i-lucide-chevrons-up'],
      ['normal', t('counsellor.class_group.turn_normal'), 'i-lucide-minus'],
      ['last', t('counsellor.class_group.turn_last'), 'i-lucide-chevrons-down'],
    ]
    return [
      [item(t('counsellor.class_group.to_front'), 'i-lucide-arrow-up-to-line', { ...spot, position: 0 }), item(t('counsellor.class_group.to_end'), 'i-lucide-arrow-down-to-line', endOf(slot, self.turn, id))],
      turns.filter(([turn]) => turn !== self.turn).map(([turn, label, icon]) => item(label, icon, endOf(slot, turn, id))),
      elsewhere(id, self.college_id, self.turn, slot.slot_id),
      [{ label: t('counsellor.class_group.take_out'), icon: 'i-lucide-calendar-x', onSelect: () => takeOut(id, self.class_group_name) }],
    ].filter((items) => items.length)
  }
  /** The other slots of the college, each to its end. */
  function elsewhere(id: string, collegeId: string, turn: Turn = 'normal', but?: string) {
    return (timetable.value?.slots ?? [])
      .filter((one) => one.slot_id !== but && one.college_id === collegeId)
      .map((one) => ({ label: t('counsellor.class_group.to_slot', { label: one.label, at: say.moment(one.starts_at) }), icon: 'i-lucide-calendar-arrow-up', onSelect: () => move(id, endOf(one, turn, id)) }))
  }
  return { move, takeOut, undo, sides, menuOf, elsewhere, done, busy, error }
}

const spotOrNull = (to: Spot | string): Spot | null => (typeof to === 'string' ? null : to)
export type Arrange = ReturnType<typeof useArrange>
