// The hands on the board: picking, dragging with a look at what it would do, keys, and the plan that a preview shows instead.
import { computed, nextTick, ref, watch, type ComputedRef } from 'vue'
import type { PlanOut, PlanSlotOut } from '@/api'
import { useNow } from '@/app/clock'
import { t } from '@/app/i18n'
import { problemMessage } from '@/app/problems'
import type { Board } from './board'
import { changedIn, keyOf, moving, movingOut, nudging, overAfter, piecesOf, worse, type Change, type Piece, type Target } from './plan'
import { useCheck, type DraftHandle } from './useDraft'

export interface Acts {
  move: (pieces: Piece[]) => void
  edit: (slot: PlanSlotOut) => void
}

export function useArranging(handle: DraftHandle, path: ComputedRef<{ campaign_id: string }>, chosen: ComputedRef<string | null>, acts: Acts) {
  const revision = computed(() => handle.draft.value?.revision ?? 0)
  const own = computed(() => handle.draft.value?.plan)
  const preview = useCheck(path, revision, 120)
  const hovering = useCheck(path, revision)
  const none: PlanOut = { venues: [], slots: [], unplaced: [], conflicts: [], findings: [], days: [], over: 0 }
  const plan = computed(() => preview.plan.value ?? own.value ?? none)
  const pieces = computed(() => piecesOf(plan.value))

  const picked = ref(new Set<string>())
  const lastPicked = ref('')
  const many = ref(false)
  const pickedPieces = computed(() => [...pieces.value.values()].filter((piece) => picked.value.has(piece.key)))
  const clear = () => (picked.value = new Set())
  watch(own, (now) => {
    if (!now) return
    const there = piecesOf(now)
    picked.value = new Set([...picked.value].filter((key) => there.has(key)))
  })
  function pick(piece: Piece, how: 'only' | 'toggle' | 'range') {
    const next = new Set(how === 'only' && !many.value ? [] : picked.value)
    if (how === 'range' && lastPicked.value) {
      const keys = [...pieces.value.keys()]
      const [from, to] = [keys.indexOf(lastPicked.value), keys.indexOf(piece.key)].sort((a, b) => a - b)
      for (const key of keys.slice(from, (to ?? 0) + 1)) next.add(key)
    } else if (picked.value.has(piece.key) && (how === 'toggle' || many.value || picked.value.size === 1)) next.delete(piece.key)
    else next.add(piece.key)
    picked.value = next
    lastPicked.value = piece.key
  }

  const dragging = ref<Piece[]>([])
  const target = ref<Target | null>(null)
  const dropping = computed(() => (target.value ? moving(plan.value, dragging.value, target.value) : []))
  const over = computed(() => new Map(plan.value.slots.map((slot) => [slot.slot_id, overAfter(plan.value, dragging.value, slot.slot_id).get(slot.slot_id) ?? slot.stress.over])))
  const forbidden = computed(() => (hovering.refusal.value ? problemMessage(hovering.refusal.value) : null))
  function drag(piece: Piece) {
    if (!picked.value.has(piece.key)) picked.value = new Set([piece.key])
    dragging.value = pickedPieces.value
  }
  function hover(to: Target | null) {
    if (to?.slot_id === target.value?.slot_id && to?.index === target.value?.index) return
    target.value = to
    hovering.ask(dropping.value.length ? dropping.value : null)
  }
  function dragEnd() {
    dragging.value = []
    target.value = null
    hovering.ask(null)
  }
  function drop() {
    const changes = forbidden.value ? [] : dropping.value
    dragEnd()
    if (changes.length) void handle.change(changes).then((done) => done && clear())
  }
  /** What is said while something is held over a slot. */
  const saying = computed(() => {
    if (!dragging.value.length) return null
    const slot = target.value && plan.value.slots.find((one) => one.slot_id === target.value?.slot_id)
    const heads = dragging.value.reduce((sum, piece) => sum + piece.heads, 0)
    const names = t(dragging.value.length > 1 ? 'registrar.timetable.held_many' : 'registrar.timetable.held', { name: dragging.value[0]?.class_group_name ?? '', n: dragging.value.length, heads })
    if (!slot) return { names, to: null, over: 0, sentences: [] as string[], forbidden: null, same: false }
    const after = hovering.plan.value
    const sentences = after && own.value ? worse(own.value, after).map((one) => one.sentence) : []
    return { names, to: slot.label, over: over.value.get(slot.slot_id) ?? 0, sentences, forbidden: forbidden.value, same: !dropping.value.length }
  })

  /** The block was made anew, or put elsewhere in the page: the keys go on with it. */
  async function focus(classGroupId: string, slotId: string | null) {
    await nextTick()
    const block = document.getElementById(`class-${keyOf(classGroupId, slotId)}`)
    ;(block?.tagName === 'BUTTON' ? block : block?.querySelector('button'))?.focus()
  }

  const marked = computed(() => (preview.plan.value && own.value ? changedIn(own.value, preview.plan.value) : new Set<string>()))
  const board: Board = {
    plan,
    still: computed(() => false),
    pieces,
    picked,
    dragging,
    target,
    over,
    forbidden,
    marked,
    chosen,
    now: useNow(30_000),
    pick,
    move: acts.move,
    nudge: (piece, by) => void handle.change((now) => [nudging(now, piece, by)].filter((one) => one !== null)).then((done) => (done ? focus(piece.class_group_id, piece.slot_id) : undefined)),
    out: (some) =>
      void handle.change(movingOut(some)).then((done) => {
        if (!done) return
        clear()
        if (some[0]) void focus(some[0].class_group_id, null)
      }),
    edit: acts.edit,
    drag,
    hover,
    drop,
    dragEnd,
  }
  return { board, many, focus, pickedPieces, clear, saying, previewing: computed(() => preview.plan.value !== null), preview: (changes: Change[] | null) => preview.ask(changes) }
}
