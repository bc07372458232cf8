import { expect, test } from 'vitest'
import { toFen, yuan } from './money'

test.each([
  [0, '¥0'],
  [2000, '¥20'],
  [2050, '¥20.50'],
  [5, '¥0.05'],
  [4_812_000, '¥48,120'],
  [-2000, '-¥20'],
])('%i fen reads %s', (fen, word) => expect(yuan(fen)).toBe(word))

test.each([
  ['20', 2000],
  ['20.5', 2050],
  ['¥1,020.05', 102_005],
  ['0.1', 10],
  ['20.555', null],
  ['-20', null],
  ['twenty', null],
  ['', null],
])('typed %s is %s fen', (typed, fen) => expect(toFen(typed)).toBe(fen))
