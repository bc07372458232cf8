// The largest type in which a page's content still fits its paper, and each [data-fit] line its column, found by halving. On screen the paper is made as small as its place.
import { nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'

/** `fits(size)` sets the size and looks; sizes in px. Exported for its test. */
export function largest(fits: (size: number) => boolean, from: number, to: number): number {
  let [low, high] = [from, to]
  while (high - low > 0.1) {
    const middle = (low + high) / 2
    if (fits(middle)) low = middle
    else high = middle
  }
  return Math.floor(low * 10) / 10
}

export function useFit(page: Ref<HTMLElement | undefined>, content: Ref<HTMLElement | undefined>, again: () => unknown) {
  const shrink = ref(1)
  function measure() {
    const paper = page.value
    const inside = content.value
    if (!paper || !inside) return
    const lines = [...inside.querySelectorAll('[data-fit]')]
    const fits = (size: number) => {
      paper.style.fontSize = `${size}px`
      return inside.offsetHeight <= paper.clientHeight && !lines.some((line) => line.scrollWidth > line.clientWidth + 1)
    }
    fits(largest(fits, 5, 40))
  }
  function place() {
    const paper = page.value
    const room = paper?.parentElement?.clientWidth
    if (paper && room) shrink.value = Math.min(1, room / paper.offsetWidth)
  }
  let watcher: ResizeObserver | undefined
  onMounted(() => {
    measure()
    place()
    void document.fonts?.ready.then(measure)
    if (page.value?.parentElement && 'ResizeObserver' in window) {
      watcher = new ResizeObserver(place)
      watcher.observe(page.value.parentElement)
    }
  })
  onBeforeUnmount(() => watcher?.disconnect())
  watch(again, () => void nextTick(measure))
  return { shrink }
}
