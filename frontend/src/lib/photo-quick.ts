// What a browser sees of a photo file before it is sent: kind by content, sides, rotation mark, size. Pure but for reading the file.

/** The server takes no more; said here at once instead of after the upload. */
export const MOST_BYTES = 20 * 2 ** 20
/** Whatever stands before the frame of a JPEG (camera data, previews) is not longer than this. */
const HEAD_BYTES = 512 * 1024

export type Kind = 'jpeg' | 'png' | 'gif' | 'webp' | 'bmp' | 'tiff' | 'heic' | 'avif' | 'video' | 'pdf' | 'archive' | 'empty' | 'unknown'

const MAGIC: [number[], Kind][] = [
  [[0xff, 0xd8, 0xff], 'jpeg'],
  [[0x89, 0x50, 0x4e, 0x47], 'png'],
  [[0x47, 0x49, 0x46, 0x38], 'gif'],
  [[0x42, 0x4d], 'bmp'],
  [[0x49, 0x49, 0x2a, 0], 'tiff'],
  [[0x4d, 0x4d, 0, 0x2a], 'tiff'],
  [[0x25, 0x50, 0x44, 0x46], 'pdf'],
  [[0x50, 0x4b], 'archive'],
  [[0x52, 0x61, 0x72, 0x21], 'archive'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'archive'],
]
const text = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))

/** By content: the name and what the browser takes it for may lie. */
export function kindOf(bytes: Uint8Array): Kind {
  if (!bytes.length) return 'empty'
  const known = MAGIC.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))
  if (known) return known[1]
  if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 12) === 'WEBP') return 'webp'
  if (text(bytes, 4, 8) !== 'ftyp') return 'unknown'
  const brands = text(bytes, 8, 40)
  if (/avi[fs]/.test(brands)) return 'avif'
  return /hei[cxms]|hev[cx]|mif1|msf1/.test(brands) ? 'heic' : 'video'
}

export interface Frame {
  width: number
  height: number
  /** EXIF: 1 = upright; null = no mark. */
  orientation: number | null
}

/** From the markers of a JPEG's beginning; null when its frame does not come within them. */
export function frameOf(bytes: Uint8Array): Frame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let orientation: number | null = null
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++ // fill byte
      continue
    }
    if (marker === 0xda || marker === 0xd9) return null
    // SOF0-15, without DHT, JPG and DAC
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5), orientation }
    const length = view.getUint16(at + 2)
    if (marker === 0xe1 && text(bytes, at + 4, at + 8) === 'Exif') orientation ??= orientationOf(bytes.subarray(at + 10, at + 2 + length))
    at += 2 + length
  }
  return null
}

function orientationOf(tiff: Uint8Array): number | null {
  if (tiff.length < 14) return null
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = tiff[0] === 0x49
  const first = view.getUint32(4, little)
  if (first + 2 > tiff.length) return null
  const count = view.getUint16(first, little)
  for (let i = 0, at = first + 2; i < count && at + 12 <= tiff.length; i++, at += 12) {
    const value = view.getUint16(at + 8, little)
    if (view.getUint16(at, little) === 0x0112) return value >= 1 && value <= 8 ? value : null
  }
  return null
}

export type FaultCode = 'empty' | 'not_picture' | 'not_jpeg' | 'too_large' | 'sides' | 'turned'
/** stop = the server would take nothing of it; warn = it would be refused, but it may be looked at. */
export interface Fault {
  code: FaultCode
  stop: boolean
  values: Record<string, string | number>
}
export interface Quick {
  kind: Kind
  size: number
  frame: Frame | null
  faults: Fault[]
}

const PICTURES: Kind[] = ['png', 'gif', 'webp', 'bmp', 'tiff', 'heic', 'avif']
/** `7.9 MB`, `31 KB`: what people see in their file list. */
export const sizeOf = (bytes: number) => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${bytes && Math.max(1, Math.round(bytes / 1024))} KB`)

/** Worst first. `sides`: what the standard demands, when it is known. */
export function faultsOf(kind: Kind, size: number, frame: Frame | null, sides?: { width: number; height: number }): Fault[] {
  const fault = (code: FaultCode, stop: boolean, values: Fault['values'] = {}): Fault => ({ code, stop, values })
  if (kind === 'empty') return [fault('empty', true)]
  if (kind !== 'jpeg') return [PICTURES.includes(kind) ? fault('not_jpeg', true, { kind: kind.toUpperCase(), size: sizeOf(size) }) : fault('not_picture', true)]
  const found: Fault[] = []
  if (size > MOST_BYTES) found.push(fault('too_large', true, { size: sizeOf(size), most: sizeOf(MOST_BYTES) }))
  if (frame && sides && (frame.width !== sides.width || frame.height !== sides.height))
    found.push(fault('sides', false, { width: frame.width, height: frame.height, want_width: sides.width, want_height: sides.height }))
  if (frame?.orientation && frame.orientation !== 1) found.push(fault('turned', false, { mark: frame.orientation }))
  return found
}

export async function quickLook(file: Blob, sides?: { width: number; height: number }): Promise<Quick> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())
  const kind = kindOf(head)
  const frame = kind === 'jpeg' ? frameOf(head) : null
  return { kind, size: file.size, frame, faults: faultsOf(kind, file.size, frame, sides) }
}
