// Every state has a look, every word exists, every icon named anywhere is in the bundled set (a missing one would be fetched from abroad).
import icons from '@iconify-json/lucide/icons.json'
import { expect, test } from 'vitest'
import { hasWord } from '@/app/i18n'
import * as states from './states'

const tables = [
  [states.TICKET_STATES, states.ticketLooks],
  [states.FEE_STATES, states.feeLooks],
  [states.PHOTO_STATES, states.photoLooks],
  [states.HANDOVER_STATES, states.handoverLooks],
  [states.WHY_STATES, states.whyLooks],
] as const

test('each state speaks by colour, icon and word', () => {
  for (const [names, looks] of tables) {
    expect(Object.keys(looks).sort()).toEqual([...names].sort())
    for (const look of Object.values<states.Look>(looks)) expect(hasWord(look.word), look.word).toBe(true)
    const seen = Object.values<states.Look>(looks).map((look) => look.icon)
    expect(new Set(seen).size).toBe(seen.length)
  }
  expect(Object.keys(states.ticketFill).sort()).toEqual([...states.TICKET_STATES].sort())
})

test('every icon named in the sources exists', () => {
  const sources = import.meta.glob<string>(['../**/*.{vue,ts}', '!../api/**'], { query: '?raw', import: 'default', eager: true })
  const named = new Set(Object.values(sources).flatMap((text) => [...text.matchAll(/i-lucide-([a-z0-9-]+)/g)].map((m) => m[1]!)))
  expect(named.size).toBeGreaterThan(20)
  const missing = [...named].filter((name) => !(name in icons.icons) && !(name in (icons.aliases ?? {})))
  expect(missing).toEqual([])
})
