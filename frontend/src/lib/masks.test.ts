import { expect, test } from 'vitest'
import { initialOf, maskName, maskNumber } from './masks'

test.each([
  ['孙静怡', '孙＊怡'],
  ['王静', '王＊'],
  ['欧阳娜娜', '欧＊娜'],
  ['阿卜杜拉·热合曼', '阿＊曼'],
  ['𠮷田', '𠮷＊'],
  ['王', '王'],
])('%s on the board is %s', (name, masked) => expect(maskName(name)).toBe(masked))

test('numbers keep enough to tell people apart, not to know them', () => {
  expect(maskNumber('201512345678')).toBe('2015****5678')
  expect(maskNumber('4140000')).toBe('*****00')
  expect(initialOf('李𠮷')).toBe('𠮷')
})
