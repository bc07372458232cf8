// A file that one page hands to the next: from the check to the student's upload. Only in memory, taken once.
let handed: File | null = null

export const handOver = (file: File) => void (handed = file)

export function takeHanded(): File | null {
  const file = handed
  handed = null
  return file
}
