// A table as a CSV file that Excel opens as text in the right encoding and never as a formula.

const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`

export const csv = (rows: string[][]) => `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`

export { saveAs } from '@/lib/save-as'
