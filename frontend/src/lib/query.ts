import { costOf, answerOf } from './money'
import type { Row } from './wire'
import { queryWords as say } from './words/query'

// The typed filter: `provider:azure cause:fallback cost:>0.01 -retry`. Words stand for themselves;
// `field:value` names a part of a row, `-` before one excludes, `a,b` is either of two, and `az*`
// is what begins so. What the server knows goes to it as parameters; the rest is looked at here.

/** A parameter of the server's filter. */
type Param = readonly [name: string, value: string]

export interface Term {
  not: boolean
  /** Empty for a word. */
  field: string
  value: string
  test: (row: Row) => boolean
  /** What the server is asked; it may give more than is meant, never less. */
  params: readonly Param[]
}

export interface Query {
  terms: Term[]
  /** What cannot be understood, in words; such terms are left out. */
  problems: string[]
}

type Reading = Pick<Term, 'test' | 'params'>

interface Field {
  hint: string
  /** Values that are always offered. */
  values?: readonly string[]
  /** The values of a row that are offered and compared. */
  of?: (row: Row) => string[]
  param?: string
  read?: (value: string) => Reading | null
}

const yes = (value: string): boolean | null => (/^(yes|true|1)$/.test(value) ? true : /^(no|false|0)$/.test(value) ? false : null)

const flag = (name: string, is: (row: Row) => boolean) => (value: string): Reading | null => {
  const wanted = yes(value)
  return wanted === null ? null : { test: (row) => is(row) === wanted, params: [[name, wanted ? '1' : '0']] }
}

const fellBack = (row: Row): boolean => row.attempts.length > 1
const fallback: Reading = { test: fellBack, params: [['fallback', '1']] }

/** measure reads `>2`, `<=2`, `1..2` in a unit; the number given to `at` is the least. */
function measure(value: string, unit: (text: string) => number | null): { least: number; most: number; above: boolean; below: boolean } | null {
  const span = /^(.+)\.\.(.+)$/.exec(value)
  const sign = /^(>=|<=|>|<)(.+)$/.exec(value)
  const [low, high] = span ? [unit(span[1] as string), unit(span[2] as string)] : [sign ? unit(sign[2] as string) : null, null]
  if (span) return low === null || high === null ? null : { least: low, most: high, above: false, below: false }
  if (!sign || low === null) return null
  const up = sign[1]?.startsWith('>') ?? false
  const strict = sign[1]?.length === 1
  return { least: up ? low : -Infinity, most: up ? Infinity : low, above: up && strict, below: !up && strict }
}

function measured(name: string, of: (row: Row) => number | null, unit: (text: string) => number | null, most?: string) {
  return (value: string): Reading | null => {
    const m = measure(value, unit)
    if (m === null) return null
    const params: Param[] = []
    if (m.least > 0) params.push([name, String(Math.floor(m.least))])
    if (most !== undefined && Number.isFinite(m.most)) params.push([most, String(Math.ceil(m.most))])
    const test = (row: Row): boolean => {
      const n = of(row)
      return n !== null && (m.above ? n > m.least : n >= m.least) && (m.below ? n < m.most : n <= m.most)
    }
    return { test, params }
  }
}

const dollarsText = (text: string): number | null => {
  const n = Number(text.replace(/^\$/, ''))
  return text === '' || !Number.isFinite(n) ? null : n * 1e6
}

/** durationText reads `2s`, `500ms`, `1.5m`; a bare number is milliseconds. */
function durationText(text: string): number | null {
  const m = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m)?$/.exec(text)
  if (!m) return null
  const by: Record<string, number> = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 6e7 }
  return Number(m[1]) * (by[m[2] ?? 'ms'] as number)
}

const costState = (row: Row) => costOf(answerOf(row)).state

function readCost(value: string): Reading | null {
  if (value === 'unpriced') return { test: (row) => costState(row) === 'unpriced', params: [['unpriced', '1']] }
  if (value === 'free') return { test: (row) => ['free', 'little'].includes(costState(row)), params: [] }
  return measured('cost_min', (row) => row.costMicro, dollarsText, 'cost_max')(value)
}

function readStatus(value: string): Reading | null {
  const family = /^([1-5])xx$/.exec(value)
  if (family) return { test: (row) => Math.floor(row.status / 100) === Number(family[1]), params: [] }
  return /^\d{3}$/.test(value) ? { test: (row) => row.status === Number(value), params: [['status', value]] } : null
}

/** How attempts fail, as the server names it. */
const CAUSES = [
  'rate_limited', 'overloaded', 'provider_error', 'unreachable', 'cut', 'bad_answer', 'connect_timeout', 'first_token_timeout', 'idle_timeout', 'total_timeout',
  'status_timeout', 'no_model', 'credentials', 'context_length', 'content_filter', 'client_error', 'cost_limit', 'left', 'abandoned',
]

export const FIELDS: Readonly<Record<string, Field>> = {
  provider: { hint: say.provider, of: (row) => [row.provider], param: 'provider' },
  tried: { hint: say.tried, of: (row) => row.attempts.map((a) => a.provider) },
  model: { hint: say.model, of: (row) => [row.model], param: 'model' },
  asked: { hint: say.asked, of: (row) => [row.askedModel], param: 'asked' },
  outcome: {
    hint: say.outcome,
    values: ['ok', 'fallback', 'failed', 'refused', 'client_error', 'left', 'cancelled'],
    of: (row) => [row.outcome],
    param: 'outcome',
    read: (v) => (v === 'fallback' ? { test: (row) => row.outcome === 'ok' && fellBack(row), params: [['outcome', 'ok'], ...fallback.params] } : null),
  },
  cause: { hint: say.cause, values: ['fallback', ...CAUSES], of: (row) => row.attempts.map((a) => a.outcome).filter((o) => o !== 'ok'), param: 'cause', read: (v) => (v === 'fallback' ? fallback : null) },
  cost: { hint: say.cost, values: ['>0.01', '>0.1', 'unpriced', 'free'], read: readCost },
  total: { hint: say.total, values: ['>1s', '>5s', '>30s'], read: measured('total_min_us', (row) => row.totalUs, durationText) },
  first: { hint: say.first, values: ['>500ms', '>2s', '>10s'], read: measured('first_min_us', (row) => row.firstUs, durationText) },
  key: { hint: say.key, of: (row) => [row.key], param: 'key' },
  route: { hint: say.route, of: (row) => [row.route], param: 'route' },
  strategy: { hint: say.strategy, of: (row) => [row.strategy], param: 'strategy' },
  cache: { hint: say.cache, values: ['hit', 'miss', 'off'], of: (row) => [row.cache], param: 'cache' },
  status: { hint: say.status, values: ['429', '503', '4xx', '5xx'], read: readStatus },
  stream: { hint: say.stream, values: ['yes', 'no'], read: flag('stream', (row) => row.stream) },
  fallback: { hint: say.fallback, values: ['yes', 'no'], read: flag('fallback', fellBack) },
  id: { hint: say.id, read: (v) => ({ test: (row) => row.id.startsWith(v), params: [['id', v]] }) },
}

/** read gives what a value of a field means; null: nothing. */
function read(field: Field, value: string): Reading | null {
  const own = field.read?.(value)
  if (own) return own
  const { of, param } = field
  if (!of) return null
  const wanted = value.split(',').filter(Boolean)
  const is = (have: string) => wanted.some((w) => (w.endsWith('*') ? have.startsWith(w.slice(0, -1)) : have === w))
  const plain = wanted.length === 1 && !value.endsWith('*')
  return { test: (row) => of(row).some((v) => is(v.toLowerCase())), params: plain && param ? [[param, wanted[0] as string]] : [] }
}

/** beginsAnId tells a word that can only be an ID, or how one begins, from other words. */
export const beginsAnId = (word: string): boolean => /^[0-9a-f]{8}[0-9a-f-]*$/i.test(word) && /\d/.test(word)

/** Words, `field:value` with a value in quotes where it has blanks, and `"a text"`. */
const TOKEN = /(-?)(?:([a-z_]+):(?:"([^"]*)"?|(\S*))|"([^"]+)"?|(\S+))/gi

/** parseQuery never throws; a field without its value yet says nothing. */
export function parseQuery(text: string, find: (row: Row) => string): Query {
  const terms: Term[] = []
  const problems: string[] = []
  for (const m of text.matchAll(TOKEN)) {
    const not = m[1] === '-'
    const name = m[2]?.toLowerCase()
    if (name === undefined) {
      const value = (m[5] ?? m[6] ?? '').toLowerCase()
      const id = !not && m[5] === undefined && beginsAnId(value)
      if (value !== '' && value !== '-') terms.push({ not, field: '', value, test: (row) => find(row).includes(value), params: id ? [['id', value]] : [] })
      continue
    }
    const written = m[3] ?? m[4] ?? ''
    const field = FIELDS[name]
    if (!field) {
      problems.push(say.unknown(name))
      continue
    }
    if (written === '') continue
    const reading = read(field, written.toLowerCase())
    if (!reading) {
      problems.push(say.value(name, written, field.hint))
      continue
    }
    // Names are compared without case here, but the server keeps them as they are.
    const params = not ? [] : reading.params.map(([n, v]) => (v === written.toLowerCase() ? [n, written] : [n, v]) as Param)
    terms.push({ not, field: name, value: written, test: reading.test, params })
  }
  return { terms, problems }
}

export const matches = (query: Query, row: Row): boolean => query.terms.every((t) => t.test(row) !== t.not)

/** paramsOf is what the server is asked; it may find more than the query means. */
export function paramsOf(query: Query): URLSearchParams {
  const params = new URLSearchParams()
  for (const term of query.terms) for (const [name, value] of term.params) if (!params.has(name)) params.set(name, value)
  return params
}
