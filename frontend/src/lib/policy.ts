import { fields, isFields, list, number, text, type Fields } from './read'

// The configuration's file as the dashboard shows and changes it: what it says, what is wrong with
// it, how it differs, and what came before.

export interface Problem {
  line: number
  column: number
  /** The place in words of the file: `routing.strategy`. */
  field: string
  message: string
  /** The nearest legal name; empty if there is none. */
  suggestion: string
  severity: 'error' | 'warning'
}

/** Micro-dollars per request, day or month. */
export interface Limit {
  micro: number
  per: string
}

/** null: nothing is said; false: off. */
export type Cache = null | false | { ttl: string; coalesce: boolean }

export interface Arm {
  provider: string
  model: string
  weight: number
}

export interface Route {
  path: string
  failover: boolean
  loadBalancing: boolean
  sticky: string
  strategy: string
  cache: Cache
  limits: Limit[]
  arms: Arm[]
}

/** What the file says, with what counts where it says nothing. */
export interface Outline {
  strategy: string
  fallback: string[]
  fallbackOn: string[]
  maxAttempts: number
  deadline: string
  hold: string
  resume: string
  circuit: { failures: number; coolDown: string; coolDownMax: string }
  retry: { max: number; on: string[]; backoff: string; backoffMax: string; afterMax: string }
  limits: Limit[]
  cache: Cache
  routes: Route[]
  providers: string[]
  models: string[]
  aliases: { name: string; to: string }[]
}

export interface Saved {
  id: string
  at: string
  why: string
  rev: string
  bytes: number
  kept: string
}

export interface ConfigFile {
  /** Empty: there is no file. */
  path: string
  /** The file that saving would make; empty if there is one, or cannot be. */
  creates: string
  stamp: string
  text: string
  rev: string
  /** Why what stands there is not in use. */
  problem: string
  warnings: Problem[]
  outline: Outline
  history: Saved[]
  writable: boolean
  reason: string
  undo: boolean
}

export const readProblems = (v: unknown): Problem[] =>
  list(v).map(fields).map((p) => ({
    line: number(p['line']),
    column: number(p['column']),
    field: text(p['field']),
    message: text(p['message']),
    suggestion: text(p['suggestion']),
    severity: p['severity'] === 'warning' ? 'warning' : 'error',
  }))

const readLimits = (v: unknown): Limit[] => list(v).map(fields).map((l) => ({ micro: number(l['micro']), per: text(l['per']) }))

function readCache(v: unknown): Cache {
  if (v === false) return false
  return isFields(v) ? { ttl: text(v['ttl']), coalesce: v['coalesce'] === true } : null
}

/** holdText is how much is held back, as it is chosen: `first_event`, `whole`, `40 tokens`, `2s`. */
function holdText(v: unknown): string {
  if (!isFields(v)) return text(v) || 'first_event'
  return 'tokens' in v ? `${number(v['tokens'])} tokens` : text(v['for'])
}

/** holdValue is what is written for it; null: it cannot be read. */
export function holdValue(written: string): unknown {
  const said = written.trim()
  if (said === 'first_event' || said === 'whole') return said
  const tokens = /^(\d+) *tokens?$/.exec(said)
  if (tokens) return { tokens: Number(tokens[1]) }
  return /^\d+(ms|s|m)$/.test(said) ? { for: said } : null
}

function readRoute(v: unknown): Route {
  const r = fields(v)
  return {
    path: text(r['path']),
    failover: r['failover'] === true,
    loadBalancing: r['load_balancing'] === true,
    sticky: text(r['sticky']),
    strategy: text(r['strategy']),
    cache: readCache(r['cache']),
    limits: readLimits(r['cost_limits']),
    arms: list(r['providers']).map(fields).map((a) => ({ provider: text(a['provider']), model: text(a['model']), weight: number(a['weight']) })),
  }
}

export function readOutline(v: unknown): Outline {
  const o = fields(v)
  const [circuit, retry] = [fields(o['circuit']), fields(o['retry'])]
  const texts = (x: unknown): string[] => list(x).map(text).filter(Boolean)
  return {
    strategy: text(o['strategy']),
    fallback: texts(o['fallback']),
    fallbackOn: texts(o['fallback_on']),
    maxAttempts: number(o['max_attempts']),
    deadline: text(o['deadline']),
    hold: holdText(o['hold']),
    resume: text(o['resume']),
    circuit: { failures: number(circuit['failures']), coolDown: text(circuit['cool_down']), coolDownMax: text(circuit['cool_down_max']) },
    retry: { max: number(retry['max']), on: texts(retry['on']), backoff: text(retry['backoff']), backoffMax: text(retry['backoff_max']), afterMax: text(retry['retry_after_max']) },
    limits: readLimits(o['cost_limits']),
    cache: readCache(o['cache']),
    routes: list(o['routes']).map(readRoute),
    providers: texts(o['providers']),
    models: texts(o['models']),
    aliases: list(o['aliases']).map(fields).map((a) => ({ name: text(a['name']), to: text(a['to']) })),
  }
}

export function readConfig(v: unknown): ConfigFile {
  const o = fields(v)
  return {
    path: text(o['path']),
    creates: text(o['creates']),
    stamp: text(o['stamp']),
    text: text(o['text']),
    rev: text(o['rev']),
    problem: text(o['problem']),
    warnings: readProblems(o['warnings']),
    outline: readOutline(o['outline']),
    history: list(o['history']).map(fields).map((h: Fields) => ({ id: text(h['id']), at: text(h['at']), why: text(h['why']), rev: text(h['rev']), bytes: number(h['bytes']), kept: text(h['kept']) })),
    writable: o['writable'] === true,
    reason: text(o['reason']),
    undo: o['undo'] === true,
  }
}

/** One change of a value: null takes it away; a step `-` appends; `to` is the place in its list that an item gets instead. */
export type Edit = { path: (string | number)[] } & ({ value: unknown } | { to: number })

export interface Hunk {
  from: number
  to: number
  lines: { op: string; text: string }[]
}

export const readHunks = (v: unknown): Hunk[] =>
  list(fields(v)['hunks']).map(fields).map((h) => ({
    from: number(h['from']),
    to: number(h['to']),
    lines: list(h['lines']).map(fields).map((l) => ({ op: text(l['op']) || ' ', text: text(l['text']) })),
  }))

/** How many lines a difference adds and takes away. */
export function sizeOf(hunks: Hunk[]): { added: number; taken: number } {
  const ops = hunks.flatMap((h) => h.lines.map((l) => l.op))
  return { added: ops.filter((o) => o === '+').length, taken: ops.filter((o) => o === '-').length }
}

/** The file changed while it was looked at. */
export interface Conflict {
  message: string
  disk: string
  stamp: string
  yours: string
  /** Both changes together; null if they contradict each other, or what they were made of is gone. */
  merged: string | null
  at: { line: number; yours: string; theirs: string }[]
}

/** conflictIn reads the body of a refusal; null if it is none of this kind. */
export function conflictIn(body: string): Conflict | null {
  const o = documentIn(body)
  if (typeof o['disk'] !== 'string') return null
  return {
    message: text(fields(o['error'])['message']),
    disk: o['disk'],
    stamp: text(o['stamp']),
    yours: text(o['yours']),
    merged: typeof o['merged'] === 'string' ? o['merged'] : null,
    at: list(o['conflicts']).map(fields).map((c) => ({ line: number(c['line']), yours: text(c['yours']), theirs: text(c['theirs']) })),
  }
}

/** problemsIn are those in the body of a refusal. */
export const problemsIn = (body: string): Problem[] => readProblems(documentIn(body)['problems'])

function documentIn(body: string): Fields {
  try {
    return fields(JSON.parse(body))
  } catch {
    return {}
  }
}

/** offsetOf is where a place of a file stands in its text; lines and columns begin at 1. */
export function offsetOf(written: string, line: number, column: number): number {
  let at = 0
  for (let n = 1; n < line; n++) {
    const end = written.indexOf('\n', at)
    if (end < 0) break
    at = end + 1
  }
  const end = written.indexOf('\n', at)
  return Math.min(at + Math.max(0, column - 1), end < 0 ? written.length : end)
}

/** wordsOf splits what is written in a field into its parts: `402, context_length`; numbers are numbers. */
export const wordsOf = (written: string): (string | number)[] =>
  written.split(/[\s,]+/).filter(Boolean).map((w) => (/^\d+$/.test(w) ? Number(w) : w))

/** limitsValue is what is written for limits of cost. */
export const limitsValue = (limits: Limit[]): unknown => (limits.length === 0 ? null : limits.map((l) => ({ usd: l.micro / 1e6, per: l.per })))

/** moved is a list in which one item changed its place. */
export function moved<T>(all: T[], from: number, to: number): T[] {
  const out = [...all]
  const [item] = out.splice(from, 1)
  if (item !== undefined) out.splice(to, 0, item)
  return out
}
