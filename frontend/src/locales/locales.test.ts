// English has exactly the keys of Chinese (also a type error), with the same {values}; nothing is empty.
import { expect, test } from 'vitest'

const files = import.meta.glob<{ default: object }>('./*/*.ts', { eager: true })

function flat(node: object, prefix = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value as object, `${prefix}${key}.`),
  )
}
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()
const groups = Object.keys(files).filter((path) => path.startsWith('./zh-CN/'))

test.each(groups)('%s', (path) => {
  const zh = new Map(flat(files[path]!.default))
  const en = new Map(flat(files[path.replace('zh-CN', 'en')]!.default))
  expect([...en.keys()]).toEqual([...zh.keys()])
  for (const [key, text] of zh) {
    expect(text.trim(), key).not.toBe('')
    expect(en.get(key)?.trim(), key).not.toBe('')
    expect(values(en.get(key)!), key).toEqual(values(text))
  }
})
