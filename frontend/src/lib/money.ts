// Money is integer fen everywhere; this is the only place that turns it into something to read.

/** 2000 -> "¥20", 2050 -> "¥20.50", -2000 -> "-¥20", 4812000 -> "¥48,120". */
export function yuan(fen: number): string {
  const whole = Math.trunc(Math.abs(fen) / 100).toLocaleString('en-US')
  const rest = Math.abs(fen) % 100
  return `${fen < 0 ? '-' : ''}¥${whole}${rest ? `.${String(rest).padStart(2, '0')}` : ''}`
}

/** What a person typed ("20", "20.5", "¥1,020") -> fen, or null when it is not an amount. */
export function toFen(typed: string): number | null {
  const clean = typed.replace(/[¥￥,，\s]/g, '')
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(clean)
  if (!found) return null
  return Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
}
