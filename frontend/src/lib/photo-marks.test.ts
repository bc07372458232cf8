// The lines over a photo: which range each is held against, and what counts as wrong.
import { expect, test } from 'vitest'
import type { Drawing } from '@/api'
import { idealOf, marksOf, offCentre, tiltOf, upright } from './photo-marks'

const drawing: Drawing = {
  eye_line: [186, 252, 294, 250],
  face: [129, 344, 265],
  face_width_allowed: [180, 300],
  eyes_allowed: [200, 300],
  head_top: 47,
  head_top_allowed: [50, 110],
  chin: 409,
  centre: 236,
  centre_allowed: [211, 269],
}
const states = (d: Drawing, findings: Parameters<typeof marksOf>[1] = []) => Object.fromEntries(marksOf(d, findings).map((one) => [one.key, one.state]))

test('a line outside its range is only wrong when the check says so', () => {
  expect(states(drawing)).toEqual({ head: 'near', eyes: 'good', width: 'good', centre: 'good' })
  expect(states({ ...drawing, head_top: null, eye_line: [186, 352, 294, 350] }, [{ code: 'eyes_height', level: 'block' }, { code: 'roll', level: 'review' }])).toMatchObject({
    head: 'good',
    eyes: 'block',
  })
  expect(marksOf(drawing).map((one) => one.value)).toEqual([47, 251, 215, 4])
  expect(offCentre(drawing)).toBe(-4)
  expect(tiltOf({ ...drawing, eye_line: [100, 200, 200, 300] })).toBeCloseTo(45)
})

test('the sides follow what the browser shows', () => {
  expect(upright(640, 480, { width: 240, height: 320 })).toEqual([480, 640])
  expect(upright(480, 640, { width: 240, height: 320 })).toEqual([480, 640])
  expect(upright(600, 600, { width: 240, height: 240 })).toEqual([600, 600])
  expect(upright(480, 640)).toEqual([480, 640])
})

test('the ideal head lies inside every range of the standard', () => {
  const { drawing: ideal, width } = idealOf({ face_width_min: 100, face_width_max: 140, eyes_min: Number.NaN })
  expect(width).toBe(480)
  expect(Object.values(states(ideal))).toEqual(['good', 'good', 'good', 'good'])
  expect(ideal.face[1] - ideal.face[0]).toBe(120)
  expect(ideal.eyes_allowed).toEqual([200, 300])
  expect(idealOf({ width: 4 })).toMatchObject({ width: 480, height: 640 })
})
