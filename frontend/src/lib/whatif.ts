import { readFlips, type Flip, type Price } from './explain'
import { dollars } from './money'
import { permille } from './quantity'
import { fields, isFields, list, number, text } from './read'
import { inRankOrder } from './verdict'
import { readReport, type Candidate, type Decision } from './wire'
import { whatifWords as say } from './words/whatif'

// What would be decided if things were otherwise: what is supposed, as it stands in the address and
// as it is asked, and what came of it beside what was decided.

/** What is supposed of one endpoint; 1000, null and '' leave it as it is. */
export interface Supposed {
  /** Permille of the times that were measured. */
  latency: number
  /** Share of successes, permille; null: as measured. */
  success: number | null
  /** Permille of its prices. */
  price: number
  circuit: '' | 'open' | 'closed'
}

export const asIs: Supposed = { latency: 1_000, success: null, price: 1_000, circuit: '' }

export type Supposing = Readonly<Record<string, Supposed>>

const isAsIs = (s: Supposed): boolean => s.latency === 1_000 && s.success === null && s.price === 1_000 && s.circuit === ''

/** suppose changes what is supposed of an endpoint; what is as it is, is left out. */
export function suppose(all: Supposing, endpoint: string, change: Partial<Supposed>): Supposing {
  const next = { ...(all[endpoint] ?? asIs), ...change }
  const { [endpoint]: _, ...others } = all
  return isAsIs(next) ? others : { ...others, [endpoint]: next }
}

const MOST = 100

/** readSupposing reads what writeSupposing wrote; what makes no sense is as it is. */
export function readSupposing(written: string | undefined): Supposing {
  let v: unknown
  try {
    v = JSON.parse(written ?? '{}')
  } catch {
    return {}
  }
  let all: Supposing = {}
  for (const [endpoint, s] of Object.entries(fields(v)).slice(0, MOST)) {
    const o = fields(s)
    const times = (x: unknown): number => (typeof x === 'number' && x >= 1 && x <= 100_000 ? Math.round(x) : 1_000)
    const success = o['s']
    all = suppose(all, endpoint, {
      latency: times(o['l']),
      success: typeof success === 'number' && success >= 1 && success <= 1_000 ? Math.round(success) : null,
      price: times(o['p']),
      circuit: o['c'] === 'open' || o['c'] === 'closed' ? o['c'] : '',
    })
  }
  return all
}

export function writeSupposing(all: Supposing): string {
  const out: Record<string, Record<string, unknown>> = {}
  for (const [endpoint, s] of Object.entries(all)) {
    out[endpoint] = { ...(s.latency !== 1_000 ? { l: s.latency } : {}), ...(s.success !== null ? { s: s.success } : {}), ...(s.price !== 1_000 ? { p: s.price } : {}), ...(s.circuit ? { c: s.circuit } : {}) }
  }
  return Object.keys(out).length === 0 ? '' : JSON.stringify(out)
}

/** changesOf is what is supposed as the server is asked. */
export function changesOf(all: Supposing, strategy: string): unknown {
  const endpoints: Record<string, unknown> = {}
  for (const [endpoint, s] of Object.entries(all)) {
    endpoints[endpoint] = {
      ...(s.latency !== 1_000 ? { latency_permille: s.latency } : {}),
      ...(s.success !== null ? { success_permille: s.success } : {}),
      ...(s.price !== 1_000 ? { price_permille: s.price } : {}),
      ...(s.circuit ? { circuit: s.circuit } : {}),
    }
  }
  return { ...(strategy ? { strategy } : {}), endpoints }
}

/** supposedText is what is supposed of an endpoint, in words; empty if nothing is. */
export function supposedText(s: Supposed | undefined): string {
  if (!s) return ''
  return [
    s.latency !== 1_000 ? say.suppose.latencyIs(times(s.latency)) : '',
    s.success !== null ? say.suppose.successIs(permille(s.success)) : '',
    s.price !== 1_000 ? say.suppose.priceIs(times(s.price)) : '',
    s.circuit ? say.suppose.circuitIs[s.circuit] : '',
  ].filter(Boolean).join(', ')
}

// Sliders go from a tenth to ten times in equal steps of proportion.
export const STEPS = 10
export const ofStep = (step: number): number => Math.round(1_000 * 10 ** (step / STEPS))
export const stepOf = (permille: number): number => Math.max(-STEPS, Math.min(STEPS, Math.round(STEPS * Math.log10(permille / 1_000))))
/** times is a proportion: `×1`, `×0.5`, `×2.5`. */
export const times = (permille: number): string => `×${(permille / 1_000).toLocaleString('en', { maximumSignificantDigits: 2 })}`

export interface Answer {
  decision: Decision | null
  before: Decision | null
  flips: Flip[]
  same: boolean
  computeUs: number
  refused: { status: number; code: string; message: string } | null
  /** Input that is billed for sure, and output that is expected and at most. */
  stream: boolean
}

const decisionOf = (v: unknown): Decision | null => (isFields(v) ? readReport({ decision: v }).decision : null)

export function readAnswer(v: unknown): Answer {
  const o = fields(v)
  const refused = o['refused']
  return {
    decision: decisionOf(o['decision']),
    before: decisionOf(o['before']),
    flips: readFlips(o),
    same: o['same'] === true,
    computeUs: number(o['compute_us']),
    refused: isFields(refused) ? { status: number(refused['status']), code: text(refused['code']), message: text(refused['message']) } : null,
    stream: fields(fields(o['decision'])['request'])['stream'] === true,
  }
}

/** What became of a candidate against before. */
export type Move = { kind: 'same' | 'in' | 'out' } | { kind: 'up' | 'down'; by: number }

export interface Line {
  candidate: Candidate
  move: Move
  flips: Flip[]
}

/** A candidate is one endpoint in one group: asked for, or as a fallback. */
const keyOf = (c: Candidate): string => `${c.group} ${c.endpoint}`

/** linesOf are the candidates in their order, each with what changed. */
export function linesOf(a: Answer): Line[] {
  if (a.decision === null) return []
  const before = new Map((a.before?.candidates ?? []).map((c) => [keyOf(c), c]))
  return inRankOrder(a.decision.candidates).map((candidate) => ({
    candidate,
    move: moveOf(before.get(keyOf(candidate)), candidate),
    flips: a.flips.filter((f) => f.endpoint === candidate.endpoint),
  }))
}

function moveOf(before: Candidate | undefined, now: Candidate): Move {
  if (!before) return { kind: 'same' }
  if (before.excluded && !now.excluded) return { kind: 'in' }
  if (!before.excluded && now.excluded) return { kind: 'out' }
  if (now.excluded || before.rank === now.rank || before.rank === 0 || now.rank === 0) return { kind: 'same' }
  return before.rank > now.rank ? { kind: 'up', by: before.rank - now.rank } : { kind: 'down', by: now.rank - before.rank }
}

/** findingOf says in a sentence what the suppositions did. */
export function findingOf(a: Answer): string {
  const [first, was] = [a.decision?.plan[0], a.before?.plan[0]]
  if (!first) return say.finding.nobody
  if (a.same || !was) return say.finding.same(first)
  if (first === was) return say.finding.order(first)
  return say.finding.first(first, was)
}

/** estimateOf is what sending would cost at the first endpoint, micro-dollars: expected, and at most. */
export function estimateOf(d: Decision, prices: Map<string, Price>): { expected: number; most: number | null } | null {
  const p = prices.get(d.plan[0] ?? '')
  if (!p) return null
  const cost = (output: number): number => p.request + (d.inputTokens * p.input + output * p.output) / 1e6
  return { expected: cost(d.expectedOutput), most: d.maxOutput > d.expectedOutput ? cost(d.maxOutput) : null }
}

export const estimateText = (e: { expected: number; most: number | null } | null): string =>
  e === null ? say.send.unpriced : say.send.estimate(dollars(e.expected), e.most === null ? '' : dollars(e.most))

/** Ways to ask, by the path of their schema. */
export const PATHS = ['/v1/chat/completions', '/v1/responses', '/v1/messages'] as const

/** exampleFor is a request to begin with. */
export function exampleFor(path: string, model: string): string {
  const hello = 'Explain in two sentences why the sky is blue.'
  const body = path.endsWith('/responses')
    ? { model, max_output_tokens: 200, input: hello }
    : { model, max_tokens: 200, ...(path.endsWith('/messages') ? {} : { stream: true }), messages: [{ role: 'user', content: hello }] }
  const lines = Object.entries(body).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`)
  return `{\n${lines.join(',\n')}\n}`
}

/** richestOf is the model that most endpoints serve, so that there is something to decide. */
export function richestOf(catalog: unknown): string {
  const models = list(fields(catalog)['models']).map(fields).map((m) => ({ id: text(m['id']), n: list(m['endpoints']).length }))
  return models.sort((a, b) => b.n - a.n)[0]?.id || 'auto'
}

/** jsonProblem says why a text is no JSON; empty if it is. */
export function jsonProblem(written: string): string {
  try {
    return isFields(JSON.parse(written)) ? '' : say.request.notObject
  } catch (e) {
    return say.request.notJSON(e instanceof Error ? e.message : String(e))
  }
}

/** strowgerHeaders are those of an answer that Strowger adds. */
export const strowgerHeaders = (h: Headers): [string, string][] => [...h].filter(([name]) => name.startsWith('x-strowger-'))

// What a policy would have changed of what was recorded.

export interface Figure {
  before: number
  after: number
  low: number
  high: number
  /** False: there was no request whose figures are known on both sides. */
  known: boolean
}

export interface Impact {
  decisions: number
  recomputed: number
  changed: number
  refused: number
  cost: Figure
  time: Figure
  observed: number
  examples: { id: string; asked: string; before: string; after: string; why: string }[]
  by: { from: string; to: string; requests: number }[]
  without: { why: string; n: number }[]
}

const figure = (v: unknown): Figure => {
  const o = fields(v)
  return { before: number(o['before']), after: number(o['after']), low: number(o['low']), high: number(o['high']), known: o['requests'] !== 0 }
}

export function readImpact(v: unknown): Impact {
  const o = fields(v)
  return {
    decisions: number(o['decisions']),
    recomputed: number(o['recomputed']),
    changed: number(o['changed']),
    refused: number(o['refused']),
    cost: figure(o['cost_micro']),
    time: figure(o['time_us']),
    observed: number(o['observed_permille']),
    examples: list(o['examples']).map(fields).map((e) => ({ id: text(e['id']), asked: text(e['asked']), before: text(e['before']), after: text(e['after']), why: text(e['why']) })),
    by: list(o['by']).map(fields).map((e) => ({ from: text(e['from']), to: text(e['to']), requests: number(e['requests']) })),
    without: list(o['not_recomputed']).map(fields).map((e) => ({ why: text(e['why']), n: number(e['n']) })),
  }
}

/** signedOf is a difference with its sign, and its interval behind it. */
export function deltaText(f: Figure, write: (n: number) => string): string {
  const signed = (n: number): string => (n < 0 ? `−${write(-n)}` : n > 0 ? `+${write(n)}` : write(0))
  return say.impact.delta(signed(f.after - f.before), signed(f.low - f.before), signed(f.high - f.before))
}
