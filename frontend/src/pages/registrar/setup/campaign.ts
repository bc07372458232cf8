// The campaign's form: what the notice or the server says -> what is typed -> what is sent, with the mistakes in between.
import type { CampaignFields, CampaignOut, FactOut } from '@/api'
import { t } from '@/app/i18n'
import { toFen } from '@/lib/money'
import { clock, isoDay } from '@/lib/time'

export interface CampaignTyped {
  name: string
  cohort: string
  fee: string
  pace_people: string
  pace_minutes: string
  deadline: string
  mailbox: string
  clothing: string
  bring: string
  lead_minutes: string
}
export type CampaignField = keyof CampaignTyped

const typedFen = (fen: number) => String(fen % 100 ? (fen / 100).toFixed(2) : fen / 100)
/** For <input type="datetime-local">, in Shanghai's time. */
export const localMoment = (at: string) => `${isoDay(at)}T${clock(at)}`

export function typedOf(campaign: CampaignOut): CampaignTyped {
  return {
    name: campaign.name,
    cohort: campaign.cohort,
    fee: typedFen(campaign.fee_fen),
    pace_people: String(campaign.pace_people),
    pace_minutes: String(campaign.pace_minutes),
    deadline: localMoment(campaign.return_deadline),
    mailbox: campaign.mailbox,
    clothing: campaign.clothing,
    bring: campaign.bring,
    lead_minutes: String(campaign.lead_minutes),
  }
}

export function typedFromFacts(facts: FactOut[]): CampaignTyped {
  const known = new Map(facts.map((fact) => [fact.name, String(fact.value)]))
  const cohort = known.get('cohort')
  const deadline = known.get('return_deadline')
  return {
    name: cohort ? t('registrar.setup.form.name_default', { cohort }) : (known.get('title') ?? ''),
    cohort: cohort ? t('registrar.setup.form.cohort_default', { cohort }) : '',
    fee: known.has('fee_fen') ? typedFen(Number(known.get('fee_fen'))) : '',
    pace_people: known.get('pace_people') ?? '',
    pace_minutes: known.get('pace_minutes') ?? '',
    deadline: deadline ? localMoment(deadline) : '',
    mailbox: known.get('mailbox') ?? '',
    clothing: known.get('clothing') ?? '',
    bring: known.get('bring') ?? '',
    lead_minutes: '2',
  }
}

/** The words of the notice that each field was filled from. */
export function wordsBehind(facts: FactOut[]): Partial<Record<CampaignField, string>> {
  const known = new Map(facts.map((fact) => [fact.name, fact.span.text.replaceAll('*', '').trim()]))
  return {
    cohort: known.get('cohort'),
    fee: known.get('fee_fen'),
    pace_people: known.get('pace_people'),
    deadline: known.get('return_deadline'),
    mailbox: known.get('mailbox'),
    clothing: known.get('clothing'),
    bring: known.get('bring'),
  }
}

const wholes = { pace_people: [1, 1000], pace_minutes: [1, 600], lead_minutes: [0, 120] } as const

export function mistakesIn(typed: CampaignTyped): Partial<Record<CampaignField, string>> {
  const found: Partial<Record<CampaignField, string>> = {}
  if (!typed.name.trim()) found.name = t('registrar.setup.form.required', { field: t('registrar.setup.form.name') })
  const fen = toFen(typed.fee)
  if (fen === null || fen > 100_000) found.fee = t('registrar.setup.form.not_yuan')
  for (const name of ['pace_people', 'pace_minutes', 'lead_minutes'] as const) {
    const [min, max] = wholes[name]
    const n = Number(typed[name])
    if (!/^\d+$/.test(typed[name].trim()) || n < min || n > max) found[name] = t('registrar.setup.form.not_whole', { min, max })
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(typed.deadline)) found.deadline = t('registrar.setup.form.not_date')
  return found
}

/** Only for what `mistakesIn` lets through. A deadline counts through the end of its minute. */
export function fieldsOf(typed: CampaignTyped): CampaignFields {
  return {
    name: typed.name.trim(),
    cohort: typed.cohort.trim(),
    fee_fen: toFen(typed.fee) ?? 0,
    pace_people: Number(typed.pace_people),
    pace_minutes: Number(typed.pace_minutes),
    return_deadline: `${typed.deadline.slice(0, 16)}:59+08:00`,
    mailbox: typed.mailbox.trim(),
    clothing: typed.clothing.trim(),
    bring: typed.bring.trim(),
    lead_minutes: Number(typed.lead_minutes),
  }
}
