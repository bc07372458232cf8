// Brings something into view inside its own scrolling area; scrollIntoView would also shift the desk's frame.

export function bringIntoView(element: HTMLElement | null) {
  let area = element?.parentElement ?? null
  while (area && !/auto|scroll/.test(getComputedStyle(area).overflowY)) area = area.parentElement
  if (!element || !area) return
  const offset = element.getBoundingClientRect().top - area.getBoundingClientRect().top
  area.scrollTop += offset - (area.clientHeight - element.offsetHeight) / 2
}
