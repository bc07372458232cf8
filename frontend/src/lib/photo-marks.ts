// Where the lines over a photo go, and what each of them says. Pure: a drawing of the server in, numbers out.
import type { Drawing, PhotoFinding, StandardField } from '@/api'

export type MarkKey = 'head' | 'eyes' | 'width' | 'centre'
/** good = inside the range; near = outside by less than a measurement may be off; else what the check said. */
export type MarkState = 'good' | 'near' | 'review' | 'block'

export interface Mark {
  key: MarkKey
  /** Its number on the picture and in the list. */
  n: number
  /** null = could not be measured. */
  value: number | null
  low: number
  high: number
  state: MarkState
}

/** Findings that speak about each line. */
const ABOUT: Record<MarkKey, string[]> = {
  head: ['head_top'],
  eyes: ['eyes_height', 'roll'],
  width: ['face_small', 'face_large', 'stretched'],
  centre: ['off_centre'],
}

export const middle = ([a, b]: readonly [number, number]) => (a + b) / 2
export const eyesAt = (d: Drawing) => (d.eye_line[1] + d.eye_line[3]) / 2

/** Degrees by which the eyes are not level. */
export function tiltOf({ eye_line: [x1, y1, x2, y2] }: Drawing): number {
  return Math.abs((Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI)
}

/** Beyond zero: to the right of the picture. */
export const offCentre = (d: Drawing) => d.centre - middle(d.centre_allowed)

export function marksOf(d: Drawing, findings: Pick<PhotoFinding, 'code' | 'level'>[] = []): Mark[] {
  const spans: Record<MarkKey, [number | null, number, number]> = {
    head: [d.head_top, ...d.head_top_allowed],
    eyes: [eyesAt(d), ...d.eyes_allowed],
    width: [d.face[1] - d.face[0], ...d.face_width_allowed],
    centre: [Math.abs(offCentre(d)), 0, (d.centre_allowed[1] - d.centre_allowed[0]) / 2],
  }
  return (Object.keys(spans) as MarkKey[]).map((key, i) => {
    const [value, low, high] = spans[key]
    const levels = findings.filter((one) => ABOUT[key].includes(one.code)).map((one) => one.level)
    const inside = value !== null && Math.round(value) >= Math.round(low) && Math.round(value) <= Math.round(high)
    const state = levels.includes('block') ? 'block' : levels.includes('review') ? 'review' : inside || value === null ? 'good' : 'near'
    return { key, n: i + 1, value, low, high, state }
  })
}

/** The sides of the picture as a browser shows it: a rotation mark swaps what the file says. */
export function upright(width: number, height: number, shown?: { width: number; height: number }): [number, number] {
  const turned = shown && shown.width !== shown.height && shown.width > shown.height !== width > height
  return turned ? [height, width] : [width, height]
}

export type StandardValues = Record<string, StandardField['value']>
export const valuesOf = (fields: StandardField[]): StandardValues => Object.fromEntries(fields.map((one) => [one.name, one.value]))

const NATIONAL = {
  width: 480,
  height: 640,
  face_width_min: 180,
  face_width_max: 300,
  eyes_min: 200,
  eyes_max: 300,
  head_top_min: 50,
  head_top_max: 110,
  off_centre_review: 29,
} as const
/** Of frontal portraits: how far the chin is below the eyes, in face widths. */
const CHIN = 0.77

export interface Ideal {
  width: number
  height: number
  drawing: Drawing
}

/** A head in the middle of every range. What is missing or no number is the national value. */
export function idealOf(values: Partial<StandardValues>): Ideal {
  const of = (name: keyof typeof NATIONAL) => {
    const value = values[name]
    return typeof value === 'number' && Number.isFinite(value) ? value : NATIONAL[name]
  }
  const off = of('off_centre_review')
  const typed = of('width') / of('height')
  // Half-typed sides make no picture.
  const [width, height] = typed > 0.4 && typed < 2.5 ? [of('width'), of('height')] : [NATIONAL.width, NATIONAL.height]
  const span = (what: 'face_width' | 'eyes' | 'head_top'): [number, number] => [of(`${what}_min`), of(`${what}_max`)]
  const [faces, eyes, tops] = [span('face_width'), span('eyes'), span('head_top')]
  const [face, eye, x] = [middle(faces), middle(eyes), width / 2]
  return {
    width,
    height,
    drawing: {
      eye_line: [x - face * 0.22, eye, x + face * 0.22, eye],
      face: [x - face / 2, x + face / 2, eye + face * CHIN * 0.3],
      face_width_allowed: faces,
      eyes_allowed: eyes,
      head_top: middle(tops),
      head_top_allowed: tops,
      chin: eye + face * CHIN,
      centre: x,
      centre_allowed: [x - off, x + off],
    },
  }
}
