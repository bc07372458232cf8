// Times on screen are Asia/Shanghai, whatever the device thinks; the device's own clock is never "now" (see app/clock).

export type When = string | number | Date
const ZONE = 'Asia/Shanghai'

const made = new Map<string, Intl.DateTimeFormat>()
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options)
  let it = made.get(key)
  if (!it) made.set(key, (it = new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options })))
  return it
}

/** "10:04" */
export const clock = (at: When) => format('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(at))
/** "10:04:09", for logs and receipts. */
export const clockSeconds = (at: When) =>
  format('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at))
/** "10月23日周二" / "Tue 23 Oct" */
export const day = (at: When, locale: string) =>
  format(locale === 'en' ? 'en-GB' : locale, { month: locale === 'en' ? 'short' : 'long', day: 'numeric', weekday: 'short' })
    .format(new Date(at))
    .replace(',', '')
/** "2018-10-23" */
export const isoDay = (at: When) => format('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at))
/** "2018-10-23 09:05" */
export const stamp = (at: When) => `${isoDay(at)} ${clock(at)}`
/** "10月23日周二 10:04" */
export const moment = (at: When, locale: string) => `${day(at, locale)} ${clock(at)}`
/** "10:00–10:30" */
export const span = (from: When, to: When) => `${clock(from)}–${clock(to)}`
/** Whole minutes from `from` to `to`, never below zero: a wait that is over is 0, not -3. */
export const minutesUntil = (to: When, from: When) =>
  Math.max(0, Math.round((new Date(to).getTime() - new Date(from).getTime()) / 60_000))
/** Both on one day of the calendar: then the clock alone says enough. */
export const sameDay = (one: When, other: When) => isoDay(one) === isoDay(other)
/** Days of the calendar from `from` to `to`: the day after tomorrow is 2, whatever the hour. */
export const daysUntil = (to: When, from: When) => (Date.parse(isoDay(to)) - Date.parse(isoDay(from))) / 86_400_000
