// Names and numbers as strangers may see them; ID numbers arrive masked from the server and are never masked here.

/** 孙静怡 -> 孙＊怡, 王静 -> 王＊, 阿卜杜拉·热合曼 -> 阿＊曼. Counts characters, not UTF-16 units (CJK extensions). */
export function maskName(name: string): string {
  const letters = [...name.trim()]
  const [first = '', ...rest] = letters
  const last = rest.length > 1 ? (rest.at(-1) ?? '') : ''
  return rest.length ? `${first}\uff0a${last}` : first
}

/** 学号 201512345678 -> 2015****5678; short ones keep the last two. */
export function maskNumber(number: string): string {
  if (number.length < 9) return '*'.repeat(Math.max(0, number.length - 2)) + number.slice(-2)
  return number.slice(0, 4) + '*'.repeat(number.length - 8) + number.slice(-4)
}

/** A file on the sender's own disk, still to be found by its end: 11990019981015003X.jpg -> 119900********003X.jpg. */
export const maskFile = (name: string) =>
  name.normalize('NFKC').replace(/(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)/g, (_, first: string, last: string) => `${first}********${last}`)

/** The character in the round badge before a name. */
export const initialOf = (name: string) => [...name.trim()].at(-1) ?? ''
