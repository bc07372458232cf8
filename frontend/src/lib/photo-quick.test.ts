// The browser's own look at a file: by content, whatever it is called, and never an exception.
import { expect, test } from 'vitest'
import { faultsOf, frameOf, kindOf, quickLook, sizeOf } from './photo-quick'

const ascii = (text: string) => [...text].map((char) => char.charCodeAt(0))
/** SOI, EXIF with an orientation, frame of 600x800. */
const jpeg = (orientation: number) => [
  ...[0xff, 0xd8, 0xff, 0xe1, 0, 34, ...ascii('Exif'), 0, 0, ...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 1],
  ...[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
  ...[0xff, 0xff, 0xc0, 0, 17, 8, 3, 32, 2, 88, 3, 1, 34, 0, 2, 17, 1, 3, 17, 1, 0xff, 0xd9],
]
const heic = [0, 0, 0, 24, ...ascii('ftypheic'), 0, 0, 0, 0, ...ascii('mif1')]

test('kinds by their first bytes', () => {
  const kinds = [jpeg(1), heic, [0, 0, 0, 24, ...ascii('ftypavif')], ascii('%PDF-1.7'), ascii('PK\u0003\u0004'), ascii('hello'), []].map((bytes) => kindOf(Uint8Array.from(bytes)))
  expect(kinds).toEqual(['jpeg', 'heic', 'avif', 'pdf', 'archive', 'unknown', 'empty'])
})

test('sides and rotation mark of a JPEG', () => {
  const frame = frameOf(Uint8Array.from(jpeg(6)))
  expect(frame).toEqual({ width: 600, height: 800, orientation: 6 })
  expect(faultsOf('jpeg', 30_000, frame, { width: 480, height: 640 }).map((one) => [one.code, one.stop])).toEqual([
    ['sides', false],
    ['turned', false],
  ])
  expect(faultsOf('jpeg', 30_000, frame, { width: 600, height: 800 })).toHaveLength(1)
  for (let cut = 0; cut < 80; cut++) expect(() => frameOf(Uint8Array.from(jpeg(6).slice(0, cut)))).not.toThrow()
})

test('what the server would not take is stopped here', async () => {
  const big = new Blob([Uint8Array.from(heic), new Uint8Array(20 * 2 ** 20)])
  expect((await quickLook(big)).faults).toEqual([{ code: 'not_jpeg', stop: true, values: { kind: 'HEIC', size: '20.0 MB' } }])
  expect(faultsOf('jpeg', 21 * 2 ** 20, null)).toMatchObject([{ code: 'too_large', stop: true, values: { most: '20.0 MB' } }])
  expect((await quickLook(new Blob([]))).faults).toMatchObject([{ code: 'empty', stop: true }])
  expect(sizeOf(31_000)).toBe('30 KB')
})
