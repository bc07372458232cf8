// What is asked of a new package, and which earlier ones it may build on. Pure.
import type { NamedBy, PackageOut } from '@/api'

export const NAMINGS = ['student_number', 'student_number_name', 'id_number'] as const satisfies readonly NamedBy[]

/** `since` is the package after which changes are wanted; null = everything. */
export interface Order {
  recipient: string
  college: string | null
  namedBy: NamedBy
  since: string | null
}

/** A package of changes follows one of the same recipient, scope and naming; newest first. */
export const alike = (packages: PackageOut[], order: Order) =>
  packages.filter((one) => one.recipient === order.recipient.trim() && one.college_id === order.college && one.named_by === order.namedBy)

/** To whom packages went before, the latest first, each once. */
export const recipients = (packages: PackageOut[]) => [...new Set(packages.map((one) => one.recipient))]

/** A new one begins as the last one was. */
export const startFrom = (last: PackageOut | undefined): Order => ({
  recipient: last?.recipient ?? '',
  college: last?.college_id ?? null,
  namedBy: last?.named_by ?? 'student_number',
  since: last?.package_id ?? null,
})

/** One digit after the point below a hundred: 0.4, 12.3, 240. */
export const megabytes = (bytes: number) => {
  const mb = bytes / 1_000_000
  return mb >= 100 ? String(Math.round(mb)) : mb.toFixed(1)
}
