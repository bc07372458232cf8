// Files out of a drop, folders opened to any depth.
import { picked, type Picked } from './files'

async function filesOf(entry: FileSystemEntry): Promise<Picked[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail))
    return [{ file, path: entry.fullPath.replace(/^\//, '') }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: Picked[] = []
  // A reader gives a hundred entries at a time, then an empty list.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))
    if (!some.length) return found
    for (const one of some) found.push(...(await filesOf(one)))
  }
}

export async function dropped(data: DataTransfer | null): Promise<Picked[]> {
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null)
  if (!entries.length) return picked(data?.files ?? [])
  return (await Promise.all(entries.map(filesOf))).flat()
}
