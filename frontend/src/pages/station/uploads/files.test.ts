// What is taken out of a heap of files, in which order, and by what it is known again.
import { beforeEach, expect, test } from 'vitest'
import { folderOf, inCameraOrder, isPhoto, printOfFolder, printOfZip, remember, rememberedImport, rememberedPrint, sorted } from './files'

const file = (name: string, type = '', content = name) => new File([content], name, { type, lastModified: 1 })
const at = (path: string, content?: string) => ({ file: file(path.split('/').at(-1)!, '', content), path })
beforeEach(() => localStorage.clear())

test('what counts as a photo', () => {
  expect([file('1.JPG'), file('２.ｊｐｇ'), file('3.png', 'image/png'), file('Thumbs.db'), file('a.txt')].map(isPhoto)).toEqual([true, true, true, false, false])
})

test('photos, ZIPs and strangers are told apart; what computers leave lying is passed over', () => {
  const found = sorted([at('a/DSC_1000.jpg'), at('a/DSC_999.jpg'), at('a/Thumbs.db'), at('__MACOSX/a/DSC_1.jpg'), at('a/.DS_Store'), at('a/notes.txt'), at('b.ZIP')])
  expect(found.photos.map((one) => one.path)).toEqual(['a/DSC_999.jpg', 'a/DSC_1000.jpg'])
  expect(found.zips.map((one) => one.name)).toEqual(['b.ZIP'])
  expect(found.strangers).toBe(1)
  expect(folderOf(found.photos)).toBe('a')
  expect(folderOf([at('x.jpg'), at('a/y.jpg')])).toBe('')
})

test('the order of the camera is the server’s', () => {
  expect(['b2', 'a10', 'a9', 'a09', 'a', 'A1', '9', '10'].sort(inCameraOrder)).toEqual(['9', '10', 'a', 'A1', 'a09', 'a9', 'a10', 'b2'])
})

test('a file that looks the same is the same; another content, name or date is not', async () => {
  const print = await printOfZip(file('a.zip', '', 'PK1'))
  expect(await printOfZip(file('a.zip', '', 'PK1'))).toBe(print)
  expect(await printOfZip(file('a.zip', '', 'PK2'))).not.toBe(print)
  expect(await printOfZip(file('b.zip', '', 'PK1'))).not.toBe(print)
  expect(printOfFolder([at('a/1.jpg')])).not.toBe(printOfFolder([at('a/1.jpg'), at('a/2.jpg')]))
})

test('the newest fifty are remembered', () => {
  for (let i = 0; i < 60; i++) remember(`p${i}`, `i${i}`)
  expect([rememberedImport('p9'), rememberedImport('p10'), rememberedImport('p59'), rememberedPrint('i59')]).toEqual([undefined, 'i10', 'i59', 'p59'])
  localStorage.setItem('gradphoto.imports', 'nonsense')
  expect(rememberedImport('p59')).toBeUndefined()
})
