// The type is as large as fits and never larger.
import { expect, test } from 'vitest'
import { largest } from './fit'

test('finds the largest size that fits, just below the border', () => {
  const size = largest((tried) => tried <= 17.34, 5, 40)
  expect(size).toBeGreaterThan(17)
  expect(size).toBeLessThanOrEqual(17.34)
  expect(largest(() => false, 5, 40)).toBe(5)
})
