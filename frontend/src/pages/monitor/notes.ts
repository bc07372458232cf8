// Notes and coins of a handover: what they add up to and what they could be. Pure, in fen.
import type { Face } from '@/api'

export type Counts = Partial<Record<Face, number>>

const ALL: Face[] = ['100', '50', '20', '10', '5', '1', '0.5', '0.1', '0.05', '0.02', '0.01']
const USUAL = 6
export const fenOf = (face: Face) => Math.round(Number(face) * 100)

/** The six notes people carry; coins only where the sum cannot do without. */
export const facesFor = (fen: number): Face[] => ALL.slice(0, fen % 100 ? ALL.length : USUAL)

export const sumOf = (counts: Counts) => ALL.reduce((fen, face) => fen + fenOf(face) * (counts[face] ?? 0), 0)

/** As few notes as possible, none larger than `largest`. */
export function fewest(fen: number, largest: Face = '100'): Counts {
  const counts: Counts = {}
  let rest = fen
  for (const face of ALL.slice(ALL.indexOf(largest))) {
    const n = Math.floor(rest / fenOf(face))
    if (n) counts[face] = n
    rest -= n * fenOf(face)
  }
  return counts
}

/** "100×2 20×5", largest first. */
export const listOf = (counts: Counts) => ALL.flatMap((face) => (counts[face] ? [{ face, n: counts[face] }] : []))
