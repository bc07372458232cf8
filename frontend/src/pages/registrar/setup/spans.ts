// A text cut at the borders of the places that were read from it.

export interface Span {
  start: number
  end: number
}
export interface Piece {
  text: string
  start: number
  marked: boolean
  /** Inside the place that is being shown. */
  chosen: boolean
}

/** The server counts characters, JavaScript half characters: rare names (CJK extensions) make the difference. */
export function cut(text: string, spans: Span[], chosen: Span | null): Piece[] {
  const letters = [...text]
  const all = chosen ? [...spans, chosen] : spans
  const borders = new Set([0, letters.length])
  for (const { start, end } of all) for (const at of [start, end]) if (at > 0 && at < letters.length) borders.add(at)
  const order = [...borders].sort((a, b) => a - b)
  const within = (at: number, span: Span) => span.start <= at && at < span.end
  return order.slice(0, -1).map((start, i) => ({
    text: letters.slice(start, order[i + 1]).join(''),
    start,
    marked: all.some((span) => within(start, span)),
    chosen: chosen !== null && within(start, chosen),
  }))
}
