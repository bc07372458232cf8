// Received photos fall into two trays; the counts must not overlap.
import { expect, test } from 'vitest'
import { inTray, TRAYS } from './tray'

test('what was received is either unclaimed or to be reviewed', () => {
  const counts = { received: 19, accepted: 470, rejected: 13, superseded: 2, unmatched: 10, asked: 3 }
  expect(TRAYS.map((tray) => inTray(counts, tray))).toEqual([10, 9, 13, 470, 2])
})
