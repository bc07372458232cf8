// What a field of the standard is called. The server has Chinese; English is made of the field's own name.
import type { StandardField } from '@/api'
import { hasWord, locale, t } from '@/app/i18n'

export const labelOf = (one: StandardField) => {
  const words = one.name.replaceAll('_', ' ')
  return locale.value === 'en' ? words.charAt(0).toUpperCase() + words.slice(1) : one.zh
}

/** A group is known by its first field. */
export const groupWord = (name: string, first: string | undefined) => {
  const key = `registrar.standard.groups.${first}`
  return hasWord(key) ? t(key) : name
}

export const unitOf = (one: StandardField) => {
  if (locale.value !== 'en' || /^[\x20-\x7e]*$/.test(one.unit) || one.name.startsWith('lens') || one.unit.length > 2) return one.unit
  return /roll|yaw/.test(one.name) ? '°' : 'px'
}

export const shown = (value: number) => value.toLocaleString(locale.value, { maximumFractionDigits: 4 })
