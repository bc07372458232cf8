// Places are found by characters, not by UTF-16 units; overlapping places are cut, not doubled.
import { expect, test } from 'vitest'
import { cut } from './spans'

test('cuts where the server counted, behind a character of two units', () => {
  const text = '𠮷老师：每人 20 元'
  const pieces = cut(text, [{ start: 4, end: 11 }, { start: 7, end: 9 }], { start: 7, end: 9 })
  expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  expect(pieces.filter((piece) => piece.chosen).map((piece) => piece.text)).toEqual(['20'])
  expect(pieces.filter((piece) => piece.marked).map((piece) => piece.text).join('')).toBe('每人 20 元')
})

test('a text without places is one piece, an empty one none', () => {
  expect(cut('通知', [], null)).toEqual([{ text: '通知', start: 0, marked: false, chosen: false }])
  expect(cut('', [], null)).toEqual([])
})
