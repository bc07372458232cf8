// Mail services as schools use them: their servers, and which one an address belongs to. Pure.
import type { MailboxInWritable, MailboxOut } from '@/api'

export const PRESETS = ['netease163', 'netease126', 'qq', 'exmail', 'other'] as const
export type Preset = (typeof PRESETS)[number]

export const servers: Record<Exclude<Preset, 'other'>, { imap: string; smtp: string }> = {
  netease163: { imap: 'imap.163.com', smtp: 'smtp.163.com' },
  netease126: { imap: 'imap.126.com', smtp: 'smtp.126.com' },
  qq: { imap: 'imap.qq.com', smtp: 'smtp.qq.com' },
  exmail: { imap: 'imap.exmail.qq.com', smtp: 'smtp.exmail.qq.com' },
}
const domains: Record<string, Preset> = { '163.com': 'netease163', '126.com': 'netease126', 'qq.com': 'qq', 'foxmail.com': 'qq' }

/** 163, 126 and QQ hold addresses of their own only; 企业邮 holds any school's. */
const OWN: Preset[] = ['netease163', 'netease126', 'qq']
/** null where the address says nothing: a school's own domain may lie anywhere, but not where only others have theirs. */
export function presetOfAddress(address: string, now: Preset): Preset | null {
  const domain = address.trim().toLowerCase().split('@')[1]
  return domain ? (domains[domain] ?? (OWN.includes(now) ? 'other' : null)) : null
}

export function presetOfHost(host: string): Preset {
  return PRESETS.find((one) => one !== 'other' && servers[one].imap === host.trim().toLowerCase()) ?? 'other'
}

/** As the form holds it. */
export type Typed = Required<Omit<MailboxInWritable, 'password'>> & { password: string }

export const typedFrom = (box: MailboxOut | null): Typed => ({
  address: box?.address ?? '',
  login: box?.login ?? '',
  password: '',
  imap_host: box?.imap_host ?? servers.netease163.imap,
  imap_port: box?.imap_port ?? 993,
  imap_tls: box?.imap_tls ?? 'implicit',
  folder: box?.folder ?? 'INBOX',
  smtp_host: box?.smtp_host ?? servers.netease163.smtp,
  smtp_port: box?.smtp_port ?? 465,
  smtp_tls: box?.smtp_tls ?? 'implicit',
  reading: box?.reading ?? true,
  sending: box?.sending ?? false,
  plain_is_meant: box?.imap_tls === 'none' || (box?.smtp_tls === 'none' && box.smtp_host !== ''),
})

/** A known service is filled in whole, ports and encryption too. */
export function withPreset(typed: Typed, preset: Preset): Typed {
  // Another service's servers are not left standing: the code of a school's own mailbox would be sent to them.
  if (preset === 'other') return presetOfHost(typed.imap_host) === 'other' ? typed : { ...typed, imap_host: '', smtp_host: '' }
  const { imap, smtp } = servers[preset]
  return { ...typed, imap_host: imap, imap_port: 993, imap_tls: 'implicit', smtp_host: smtp, smtp_port: 465, smtp_tls: 'implicit' }
}

export const isPlain = (typed: Typed) => typed.imap_tls === 'none' || (typed.smtp_host !== '' && typed.smtp_tls === 'none')
/** Another server or account needs the code again: what is stored is not shown to another server. */
export const needsPassword = (typed: Typed, box: MailboxOut | null) =>
  !box?.has_password || box.imap_host !== typed.imap_host || box.smtp_host !== typed.smtp_host || box.login !== (typed.login.trim() || typed.address.trim())
