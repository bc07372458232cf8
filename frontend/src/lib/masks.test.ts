import { expect, test } from 'vitest'
import { initialOf, maskFile, maskName, maskNumber } from './masks'

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

test.each([
  ['11990019981015003X.jpg', '119900********003X.jpg'],
  ['日/１１９９００１９９８１０１５００３x(1).JPG', '日/119900********003x(1).JPG'],
  ['41500001.jpg', '41500001.jpg'],
])('%s of the own disk is shown as %s', (name, masked) => expect(maskFile(name)).toBe(masked))
