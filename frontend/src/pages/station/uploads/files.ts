// What somebody chose or dropped: photos and ZIPs out of it, in the order of the camera, and how to know them again.
export interface Picked {
  file: File
  /** Inside the folder that was chosen; the bare name otherwise. */
  path: string
}

const JUNK = new Set(['thumbs.db', 'desktop.ini', '.ds_store'])
const plain = (name: string) => name.normalize('NFKC').trim().toLowerCase()
export const isZip = (file: File) => plain(file.name).endsWith('.zip') || file.type === 'application/zip'
export const isPhoto = (file: File) => file.type.startsWith('image/') || /\.(jpe?g|jfif|png|bmp|gif|webp|heic|tiff?)$/.test(plain(file.name))
/** What computers put there by themselves. */
export function isJunk(path: string): boolean {
  const parts = path.split('/')
  const name = parts.at(-1)!.toLowerCase()
  return parts.includes('__MACOSX') || JUNK.has(name) || name.startsWith('.')
}

export const picked = (files: Iterable<File>): Picked[] => [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }))

interface Sorted {
  zips: File[]
  photos: Picked[]
  /** Neither photo nor ZIP. */
  strangers: number
}

export function sorted(all: Picked[]): Sorted {
  const found: Sorted = { zips: [], photos: [], strangers: 0 }
  for (const one of all) {
    if (isJunk(one.path)) continue
    if (isZip(one.file)) found.zips.push(one.file)
    else if (isPhoto(one.file)) found.photos.push(one)
    else found.strangers++
  }
  found.photos.sort((a, b) => inCameraOrder(a.path, b.path))
  return found
}

/** Numbers by their value, as the server sorts: DSC_999 before DSC_1000. */
export function inCameraOrder(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareParts(left[i]!, right[i]!)
    if (order) return order
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0)
}

const partsOf = (path: string) => path.toLowerCase().match(/\d+|\D+/g) ?? []
const isNumber = (part: string) => part >= '0' && part < ':'
function compareParts(a: string, b: string): number {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1
  if (!isNumber(a)) return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0)
}

/** The folder that was chosen; without one nothing. */
export function folderOf(photos: Picked[]): string {
  const tops = new Set(photos.map(({ path }) => (path.includes('/') ? path.split('/')[0]! : '')))
  return tops.size === 1 ? [...tops][0]! : ''
}

// --- known again after a reload --------------------------------------------------------------------------------------

const FIRST = 1 << 20

/** A ZIP by its name, its size and its first million bytes. */
export async function printOfZip(file: File): Promise<string> {
  return `zip|${file.size}|${hash(new Uint8Array(await file.slice(0, FIRST).arrayBuffer()), file.name)}`
}

/** A folder by the names, sizes and dates of its photos. */
export function printOfFolder(photos: Picked[]): string {
  const lines = photos.map(({ file, path }) => `${path}|${file.size}|${file.lastModified}`).join('\n')
  return `folder|${photos.length}|${hash(new TextEncoder().encode(lines))}`
}

/** 53 bits (cyrb53). Tells files apart that lie on one desk; whether bytes are the same is the server's to say. */
function hash(bytes: Uint8Array, more = ''): string {
  let [h1, h2] = [0xdeadbeef, 0x41c6ce57]
  const mix = (byte: number) => {
    h1 = Math.imul(h1 ^ byte, 2654435761)
    h2 = Math.imul(h2 ^ byte, 1597334677)
  }
  bytes.forEach(mix)
  new TextEncoder().encode(more).forEach(mix)
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  return (4294967296 * (2097151 & h2) + (h1 >>> 0)).toString(36)
}

const KEY = 'gradphoto.imports'
const MOST = 50
type Kept = Record<string, string>

function kept(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Kept
  } catch {
    return {}
  }
}

/** print -> the import that was begun with it on this device. */
export const rememberedImport = (print: string): string | undefined => kept()[print]
export const rememberedPrint = (importId: string): string | undefined => Object.entries(kept()).find(([, id]) => id === importId)?.[0]
export function remember(print: string, importId: string) {
  const others = Object.entries(kept()).filter(([one]) => one !== print)
  const newest = [...others.slice(1 - MOST), [print, importId]]
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(newest)))
  } catch {
    // A full or forbidden store: the upload goes on, only not after a reload.
  }
}
