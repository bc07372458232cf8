// Received photos wait for a decision or, in the tray, for an owner; the counts must not overlap.
import { expect, test } from 'vitest'
import { inTab, TABS } from './tabs'

test('what nobody owns yet, and a camera’s originals, are not counted among what is to be reviewed', () => {
  const counts = { received: 29, accepted: 470, rejected: 13, superseded: 2, unmatched: 10, originals: 10, asked: 3 }
  expect(TABS.map((tab) => inTab(counts, tab))).toEqual([9, 13, 470, 2])
})
