import { expect, test } from 'vitest'
import type { Me } from './app/session'
import { homeOf } from './app/session'
import { localPath, mayOpen, router } from './router'

const me = (kind: Me['kind'], role: Me['role'], is_monitor = false): Me => ({
  kind,
  role,
  is_monitor,
  name: 'x',
  campaign_id: null,
  campaign_name: '',
  student_id: null,
  class_group_id: null,
  college_ids: [],
  server_now: '2018-10-23T09:05:00+08:00',
  rehearsal: false,
  demo: false,
})
const people = {
  registrar: me('staff', 'registrar'),
  counsellor: me('staff', 'counsellor'),
  agency: me('staff', 'agency'),
  screen: me('staff', 'screen'),
  student: me('student', 'student'),
  monitor: me('student', 'monitor', true),
}

test('everybody has a home and may open it', () => {
  for (const who of Object.values(people)) expect(mayOpen(who, router.resolve(homeOf(who)).meta)).toBe(true)
})

test('a page opens for its people only', () => {
  const may = (path: string) => Object.entries(people).filter(([, who]) => mayOpen(who, router.resolve(path).meta)).map(([name]) => name)
  expect(may('/desk/audit')).toEqual(['registrar'])
  expect(may('/class/handover')).toEqual(['monitor'])
  expect(may('/c/K7Q2')).toEqual(['student', 'monitor'])
  expect(may('/till')).toEqual(['registrar', 'agency'])
  expect(may('/sign-in')).toEqual(Object.keys(people))
  expect(mayOpen(me('api_key', 'system'), router.resolve('/desk').meta)).toBe(false)
})

test('after signing in nobody is led off the site', () => {
  expect(localPath('/c/K7Q2?x=1')).toBe('/c/K7Q2?x=1')
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', ['/a'], undefined]) expect(localPath(bad)).toBe(null)
})
