// The standard while it is being edited: what was typed, what differs, what cannot be. Pure.
import type { StandardField } from '@/api'

export type Value = StandardField['value']
/** What stands in the fields: text while it is typed, lists for colours. */
export type Typed = Record<string, string | number[][]>
/** The server's most. */
export const MOST_COLOURS = 8

const isColours = (value: Value | string | number[][]): value is number[][] => Array.isArray(value)
export const typedOf = (value: Value): string | number[][] => (isColours(value) ? value.map((one) => [...one]) : String(value))
export const typedAll = (fields: StandardField[]): Typed => Object.fromEntries(fields.map((one) => [one.name, typedOf(one.value)]))

/** NaN when it is no number. */
export function parsed(typed: string | number[][] | undefined): Value {
  if (isColours(typed ?? '')) return typed as number[][]
  const text = String(typed ?? '').trim()
  return text === '' ? Number.NaN : Number(text)
}
export const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b)

/** What is put: only what differs from the national values. */
export function changesOf(fields: StandardField[], typed: Typed): Record<string, Value> {
  return Object.fromEntries(fields.map((one) => [one.name, parsed(typed[one.name])] as const).filter(([, value], i) => !same(value, fields[i]!.default)))
}

/** How many stand otherwise than they were read. */
export const unsavedOf = (fields: StandardField[], typed: Typed) => fields.filter((one) => !same(parsed(typed[one.name]), one.value)).length

export type FieldFault = 'number' | 'whole' | 'bounds' | 'colours'
export function faultOf(field: StandardField, typed: string | number[][] | undefined): FieldFault | null {
  const value = parsed(typed)
  if (isColours(value)) return value.length >= 1 && value.length <= MOST_COLOURS ? null : 'colours'
  if (!Number.isFinite(value)) return 'number'
  if (field.whole && !Number.isInteger(value)) return 'whole'
  return (field.low !== null && value < field.low) || (field.high !== null && value > field.high) ? 'bounds' : null
}

export const hexOf = (colour: number[]) => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`
export const colourOf = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))

export interface Group {
  /** The server's word. */
  name: string
  fields: StandardField[]
}
export function groupsOf(fields: StandardField[]): Group[] {
  const groups = new Map<string, StandardField[]>()
  for (const one of fields) groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  return [...groups].map(([name, its]) => ({ name, fields: its }))
}
