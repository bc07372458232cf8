// The fixed addresses, one lazy page each; the guard asks `me` and sends everybody to where they belong.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { ensureWords, t } from './app/i18n'
import { onSessionEnd } from './app/query'
import { forget, homeOf, loadMe, personOf, type Me, type Person } from './app/session'
import type { WordGroup, WordKey } from './locales'

declare module 'vue-router' {
  interface RouteMeta {
    title: WordKey
    words: WordGroup
    /** Who may open it; left out: everybody, signed in or not. */
    people?: Person[]
    /** Of the students only a monitor. */
    monitor?: boolean
  }
}

const anyone = (title: WordKey) => ({ title, words: 'shared' as const })
/** Open to everybody; the photo's words come with it. */
const check = (title: WordKey) => ({ title, words: 'check' as const })
const student = (title: WordKey) => ({ title, words: 'student' as const, people: ['student'] as Person[] })
const monitor = (title: WordKey) => ({ title, words: 'monitor' as const, people: ['student'] as Person[], monitor: true })
const counsellor = (title: WordKey) => ({ title, words: 'counsellor' as const, people: ['counsellor', 'registrar'] as Person[] })
const station = (title: WordKey) => ({ title, words: 'station' as const, people: ['agency', 'registrar'] as Person[] })
/** What agency and registrar do with the photos that came in bulk: pages of their own words. */
const uploads = (title: WordKey) => ({ ...station(title), words: 'uploads' as const })
const tray = (title: WordKey) => ({ ...station(title), words: 'tray' as const })
const board = (title: WordKey) => ({ title, words: 'board' as const, people: ['screen', 'agency', 'registrar'] as Person[] })
const registrar = (title: WordKey) => ({ title, words: 'registrar' as const, people: ['registrar'] as Person[] })
/** Sheets of the own college are a counsellor's too. */
const printed = (title: WordKey) => ({ ...registrar(title), people: ['registrar', 'counsellor'] as Person[] })

const DeskLayout = () => import('./layouts/DeskLayout.vue')
const StationLayout = () => import('./layouts/StationLayout.vue')

export const routes: RouteRecordRaw[] = [
  { path: '/', component: () => import('./pages/shared/Start.vue'), meta: anyone('common.app') },
  { path: '/sign-in', component: () => import('./pages/shared/SignIn.vue'), meta: anyone('shared.sign_in.title') },
  { path: '/l/:token', component: () => import('./pages/shared/SignInLink.vue'), meta: anyone('shared.link.title') },
  { path: '/set-password/:token', component: () => import('./pages/shared/SetPassword.vue'), meta: anyone('shared.password.title') },
  { path: '/check', component: () => import('./pages/shared/PhotoCheck.vue'), meta: check('check.title') },
  { path: '/not-allowed', component: () => import('./pages/shared/NotAllowed.vue'), meta: anyone('shared.not_allowed.title') },

  { path: '/c/:token', component: () => import('./pages/student/CheckIn.vue'), meta: student('student.check_in.title') },
  { path: '/me', component: () => import('./pages/student/MyCard.vue'), meta: student('student.card.title') },
  { path: '/me/photo', component: () => import('./pages/student/MyPhoto.vue'), meta: student('student.photo.title') },
  { path: '/me/registry', component: () => import('./pages/student/MyRegistry.vue'), meta: student('student.registry.title') },

  { path: '/class', component: () => import('./pages/monitor/ClassFees.vue'), meta: monitor('monitor.fees.title') },
  { path: '/class/check-in', component: () => import('./pages/monitor/ClassCheckIn.vue'), meta: monitor('monitor.check_in.title') },
  { path: '/class/sheet', component: () => import('./pages/monitor/ClassSheetPage.vue'), meta: monitor('monitor.sheet.title') },
  { path: '/class/handover', component: () => import('./pages/monitor/ClassHandover.vue'), meta: monitor('monitor.handover.title') },
  { path: '/class/receipts/:id', component: () => import('./pages/monitor/Receipt.vue'), meta: { ...monitor('monitor.receipt.title'), people: ['student', 'agency', 'registrar'] } },

  {
    path: '/college',
    component: DeskLayout,
    meta: counsellor('counsellor.college.title'),
    children: [
      { path: '', component: () => import('./pages/counsellor/College.vue'), meta: counsellor('counsellor.college.title') },
      { path: 'classes/:id', component: () => import('./pages/counsellor/ClassGroup.vue'), meta: counsellor('counsellor.class_group.title') },
    ],
  },

  {
    path: '/station',
    component: StationLayout,
    meta: station('station.console.title'),
    children: [
      { path: '', component: () => import('./pages/station/Console.vue'), meta: station('station.console.title') },
      { path: '/till', component: () => import('./pages/station/Till.vue'), meta: station('station.till.title') },
      { path: '/uploads', component: () => import('./pages/station/Uploads.vue'), meta: uploads('uploads.title') },
      { path: '/uploads/tray', component: () => import('./pages/station/Tray.vue'), meta: tray('tray.title') },
    ],
  },

  { path: '/board', component: () => import('./pages/board/Board.vue'), meta: board('board.board.title') },
  { path: '/door', component: () => import('./pages/board/Door.vue'), meta: board('board.door.title') },

  {
    path: '/desk',
    component: DeskLayout,
    meta: registrar('registrar.dashboard.title'),
    children: [
      { path: '', component: () => import('./pages/registrar/Dashboard.vue'), meta: registrar('registrar.dashboard.title') },
      { path: 'setup', component: () => import('./pages/registrar/Setup.vue'), meta: registrar('registrar.setup.title') },
      { path: 'timetable', component: () => import('./pages/registrar/Timetable.vue'), meta: registrar('registrar.timetable.title') },
      { path: 'print/poster', component: () => import('./pages/registrar/print/PosterPage.vue'), meta: registrar('registrar.print.poster') },
      { path: 'print/door/:slotId', component: () => import('./pages/registrar/print/DoorList.vue'), meta: printed('registrar.print.door') },
      { path: 'print/classes/:slotId', component: () => import('./pages/registrar/print/ClassSheets.vue'), meta: printed('registrar.print.sheets') },
      { path: 'print/class/:classGroupId', component: () => import('./pages/registrar/print/ClassSheets.vue'), meta: printed('registrar.print.sheets') },
      { path: 'students', component: () => import('./pages/registrar/Students.vue'), meta: registrar('registrar.students.title') },
      { path: 'photos', component: () => import('./pages/registrar/Photos.vue'), meta: registrar('registrar.photos.title') },
      { path: 'tray', component: () => import('./pages/station/Tray.vue'), meta: { ...tray('tray.title'), people: ['registrar'] } },
      { path: 'photo-standard', component: () => import('./pages/registrar/PhotoStandard.vue'), meta: registrar('registrar.standard.title') },
      { path: 'fees', component: () => import('./pages/registrar/Fees.vue'), meta: registrar('registrar.fees.title') },
      { path: 'missing', component: () => import('./pages/registrar/Missing.vue'), meta: registrar('registrar.missing.title') },
      { path: 'mail', component: () => import('./pages/registrar/MailRoom.vue'), meta: registrar('registrar.mail.title') },
      { path: 'packages', component: () => import('./pages/registrar/Packages.vue'), meta: registrar('registrar.packages.title') },
      { path: 'registry', component: () => import('./pages/registrar/Registry.vue'), meta: registrar('registrar.registry.title') },
      { path: 'accounts', component: () => import('./pages/registrar/Accounts.vue'), meta: registrar('registrar.accounts.title') },
      { path: 'audit', component: () => import('./pages/registrar/Audit.vue'), meta: registrar('registrar.audit.title') },
    ],
  },

  { path: '/:rest(.*)*', component: () => import('./pages/shared/NotFound.vue'), meta: anyone('shared.not_found.title') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

/** An address of this site and nothing else: no open redirect through `?to=`. */
export function localPath(to: unknown): string | null {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : null
}

export function mayOpen(me: Me, meta: { people?: Person[]; monitor?: boolean }): boolean {
  const person = personOf(me)
  return !meta.people || (person !== null && meta.people.includes(person) && (!meta.monitor || person !== 'student' || me.is_monitor))
}

router.beforeEach(async (to) => {
  void ensureWords(to.meta.words).catch(() => undefined)
  if (to.path === '/') {
    const me = await loadMe().catch(() => undefined)
    return me === undefined ? true : me ? homeOf(me) : '/sign-in'
  }
  if (!to.meta.people) return true
  const me = await loadMe().catch(() => undefined)
  if (me === undefined) return true // The server is away: the page itself says so and offers to retry.
  if (!me) return { path: '/sign-in', query: { to: to.fullPath } }
  return mayOpen(me, to.meta) || { path: '/not-allowed', query: { to: to.fullPath }, replace: true }
})

router.beforeResolve((to) => ensureWords(to.meta.words))

router.onError((_, to) => {
  // A chunk of an older version is gone after a release: load the page anew, once.
  const key = 'gradphoto.reloaded'
  if (!navigator.onLine || sessionStorage.getItem(key) === to.fullPath) return
  sessionStorage.setItem(key, to.fullPath)
  location.assign(to.fullPath)
})

onSessionEnd(() => {
  const now = router.currentRoute.value
  if (now.meta.people) void forget().finally(() => router.replace({ path: '/sign-in', query: { to: now.fullPath } }))
})

export const titleOf = (key: WordKey | undefined) => (key && key !== 'common.app' ? `${t(key)} · ${t('common.app')}` : t('common.app'))
