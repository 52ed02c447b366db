// A tolerant reading of the control API into its shapes: whatever is missing or of another
// type becomes its empty value, so that an older or newer server never blanks the page.

import type {
  Attempt,
  Auto,
  AutoModel,
  Candidate,
  Decision,
  Flight,
  Learning,
  Reading,
  Reason,
  Report,
  Row,
  RowAttempt,
  RowPage,
  Speed,
  Status,
  Tokens,
} from './shapes'
import { fields, finite, isFields, list, number, numberOrNull, text, type Fields } from './read'

export type * from './shapes'

const texts = (v: unknown): string[] => list(v).map(textOrMessage).filter((s) => s !== '')

/** Warnings may be plain strings or `{code, text}`. */
function textOrMessage(v: unknown): string {
  if (!isFields(v)) return text(v)
  return text(v['text']) || text(v['message']) || text(v['code'])
}

function reason(v: unknown): Reason | null {
  if (typeof v === 'string' && v !== '') return { code: v, text: '' }
  if (!isFields(v)) return null
  return { code: text(v['code']), text: text(v['text']) }
}

function tokens(v: unknown): Tokens | null {
  if (!isFields(v)) return null
  return {
    input: number(v['input']),
    cacheRead: number(v['cache_read']),
    cacheWrite: number(v['cache_write']),
    cacheWriteHour: number(v['cache_write_1h']),
    output: number(v['output']),
    reasoning: number(v['reasoning']),
    images: number(v['images']),
    estimated: v['estimated'] === true,
  }
}

export function readStatus(v: unknown): Status {
  const o = fields(v)
  const store = fields(o['store'])
  return {
    version: text(o['version']),
    listen: text(o['listen']),
    started: text(o['started']),
    requests: number(o['requests']),
    firstTry: number(o['first_try']),
    afterFallback: number(o['after_fallback']),
    failed: number(o['failed']),
    unpriced: number(o['unpriced']),
    store: {
      ok: store['ok'] !== false,
      message: text(store['message']),
      written: number(store['written']),
      dropped: number(store['dropped']),
    },
    todayMicro: number(o['today_micro']),
    todayUnpriced: number(o['today_unpriced']),
    degraded: list(o['degraded']).map((d) => ({ kind: text(fields(d)['kind']), text: text(fields(d)['text']) })),
    configProblem: text(fields(o['config'])['problem']),
  }
}

function readRowAttempt(v: unknown): RowAttempt {
  const o = fields(v)
  return {
    provider: text(o['provider']),
    endpoint: text(o['endpoint']),
    outcome: text(o['outcome']),
    status: number(o['status']),
  }
}

/** What was asked for: the model, behind the route's path if it came by one. */
const askedOf = (o: Fields): string => [text(o['route']), text(o['asked'])].filter(Boolean).join(' ')

/** A row, or null for what has no place in the list. */
export function readRow(v: unknown): Row | null {
  if (!isFields(v) || !finite(v['seq'])) return null
  return {
    seq: v['seq'],
    id: text(v['id']),
    at: text(v['at']),
    atMs: Date.parse(text(v['at'])),
    asked: askedOf(v),
    askedModel: text(v['asked']),
    route: text(v['route']),
    key: text(v['key']),
    cache: text(v['cache']),
    model: text(v['model']),
    provider: text(v['provider']),
    strategy: text(v['strategy']),
    status: number(v['status']),
    outcome: text(v['outcome']),
    stream: v['stream'] === true,
    attempts: list(v['attempts']).map(readRowAttempt),
    firstUs: numberOrNull(v['first_us']),
    totalUs: number(v['total_us']),
    tokens: tokens(v['tokens']),
    costMicro: numberOrNull(v['cost_micro']),
    failedCostMicro: v['failed_cost_micro'] === null ? null : number(v['failed_cost_micro']),
    resumed: text(v['resumed']),
    why: text(v['why']),
  }
}

export function readRowPage(v: unknown): RowPage {
  const o = fields(v)
  const rows = list(o['rows']).map(readRow).filter((r) => r !== null)
  return { rows, next: numberOrNull(o['next']), lookedTo: text(o['looked_to']) }
}

/** The requests that are going on. */
export function readFlights(v: unknown): Flight[] {
  return list(fields(v)['rows']).map((f) => {
    const o = fields(f)
    return {
      id: text(o['id']),
      at: text(o['at']),
      asked: askedOf(o),
      key: text(o['key']),
      stream: o['stream'] === true,
      attempt: number(o['attempt']),
      provider: text(o['provider']),
      endpoint: text(o['endpoint']),
      stage: text(o['stage']),
      firstUs: numberOrNull(o['first_us']),
      bytes: number(o['bytes']),
    }
  })
}

function readSpeed(v: unknown): Speed | null {
  if (!isFields(v)) return null
  return {
    samplesMilli: number(v['samples_milli']),
    meanUs: number(v['mean_us']),
    p50Us: number(v['p50_us']),
    p90Us: number(v['p90_us']),
    p99Us: number(v['p99_us']),
    tokensPerKs: number(v['tokens_per_ks']),
  }
}

export function readReading(v: unknown): Reading | null {
  if (!isFields(v)) return null
  return {
    stream: readSpeed(v['stream']),
    whole: readSpeed(v['whole']),
    samplesMilli: number(v['samples_milli']),
    uptimePermille: number(v['uptime_permille']),
    failures: number(v['failures']),
    circuit: text(v['circuit']),
    until: text(v['until']),
    limited: text(v['limited']),
    inFlight: number(v['in_flight']),
    picked: number(v['picked']),
  }
}

function readCandidate(v: unknown): Candidate {
  const o = fields(v)
  return {
    endpoint: text(o['endpoint']),
    provider: text(o['provider']),
    model: text(o['model']),
    group: number(o['group']),
    rank: number(o['rank']),
    excluded: reason(o['excluded']),
    resting: reason(o['resting']),
    score: numberOrNull(o['score']),
    unit: text(o['unit']),
    terms: list(o['terms']).map((t) => {
      const f = fields(t)
      return { name: text(f['name']), value: number(f['value']), unit: text(f['unit']) }
    }),
    reading: readReading(o['reading']),
  }
}

/** named reads an object of numbers, in its order. */
const named = (v: unknown): { name: string; points: number }[] => Object.entries(fields(v)).map(([name, n]) => ({ name, points: number(n) }))

function readAutoModel(v: unknown): AutoModel {
  const o = fields(v)
  return {
    model: text(o['model']),
    eligible: o['eligible'] === true,
    resting: o['resting'] === true,
    quality: number(o['quality']),
    rating: number(o['rating']),
    qualityFrom: text(o['quality_from']),
    parts: named(o['quality_parts']),
    learned: number(o['learned']),
    costNano: numberOrNull(o['cost_nano']),
    timeUs: numberOrNull(o['time_us']),
    timeFrom: text(o['time_from']),
    rank: number(o['rank']),
  }
}

function readAuto(v: unknown): Auto | null {
  if (!isFields(v)) return null
  return {
    preference: text(v['preference']),
    preferenceFrom: text(v['preference_from']),
    difficulty: number(v['difficulty']),
    unread: v['unread'] === true,
    quantile: numberOrNull(v['quantile']),
    category: text(v['category']),
    language: text(v['language']),
    features: named(v['features']),
    models: list(v['models']).map(readAutoModel),
    reason: text(v['reason']),
    runnerUp: text(v['runner_up']),
    tip: text(v['tip']),
    learnedFrom: number(fields(v['learned'])['outcomes']),
  }
}

export function readLearning(v: unknown): Learning {
  const o = fields(v)
  const fit = o['fit']
  const learned = o['learned']
  return {
    on: o['learn'] === true,
    outcomes: list(o['outcomes']).map((n) => {
      const f = fields(n)
      return { source: text(f['source']), model: text(f['model']), good: number(f['good']), bad: number(f['bad']) }
    }),
    fit: isFields(fit)
      ? {
          outcomes: number(fit['outcomes']),
          heldBack: number(fit['held_back']),
          accepted: fit['accepted'] === true,
          why: text(fit['why']),
        }
      : null,
    learned: isFields(learned)
      ? {
          models: list(learned['models']).map((m) => ({ model: text(fields(m)['model']), points: number(fields(m)['points']) })),
          features: list(learned['features']).map((f) => ({ name: text(fields(f)['name']), permille: number(fields(f)['permille']) })),
        }
      : null,
  }
}

function readDecision(v: unknown): Decision {
  const o = fields(v)
  const request = fields(o['request'])
  return {
    seed: text(o['seed']),
    rev: text(o['rev']),
    model: text(o['model']),
    strategy: text(o['strategy']),
    strategyFrom: text(o['strategy_from']),
    operation: text(request['operation']),
    inputTokens: number(request['input_tokens']),
    expectedOutput: number(request['expected_output']),
    maxOutput: number(request['max_output']),
    features: texts(request['features']),
    candidates: list(o['candidates']).map(readCandidate),
    plan: texts(o['plan']),
    explored: o['explored'] === true || text(o['explored']) !== '',
    why: text(o['why']),
    warnings: texts(o['warnings']),
    auto: readAuto(o['auto']),
  }
}

function readAttempt(v: unknown, i: number): Attempt {
  const o = fields(v)
  return {
    n: number(o['n']) || i + 1,
    endpoint: text(o['endpoint']),
    provider: text(o['provider']),
    model: text(o['model']),
    startUs: number(o['start_us']),
    firstUs: numberOrNull(o['first_us']),
    totalUs: number(o['total_us']),
    status: number(o['status']),
    outcome: text(o['outcome']),
    fault: text(o['fault']),
    error: textOrMessage(o['error']),
    tokens: tokens(o['tokens']),
    costMicro: numberOrNull(o['cost_micro']),
    retry: o['retry'] === true,
    resumes: text(o['resumes']),
  }
}

/** The ids in the OpenAI list of models. */
export function readModels(v: unknown): string[] {
  return list(fields(v)['data'])
    .map((m) => text(fields(m)['id']))
    .filter((id) => id !== '')
}

export function readReport(v: unknown): Report {
  const o = fields(v)
  const served = o['served']
  const error = o['error']
  return {
    seq: number(o['seq']),
    id: text(o['id']),
    at: text(o['at']),
    asked: askedOf(o),
    schema: text(o['schema']),
    stream: o['stream'] === true,
    decision: readDecision(o['decision']),
    attempts: list(o['attempts']).map(readAttempt),
    served: isFields(served)
      ? {
          endpoint: text(served['endpoint']),
          provider: text(served['provider']),
          model: text(served['model']),
        }
      : null,
    status: number(o['status']),
    outcome: text(o['outcome']),
    error: isFields(error) ? { code: text(error['code']), message: text(error['message']) } : null,
    firstUs: numberOrNull(o['first_us']),
    totalUs: number(o['total_us']),
    costMicro: numberOrNull(o['cost_micro']),
    failedCostMicro: o['failed_cost_micro'] === null ? null : number(o['failed_cost_micro']),
    resumed: text(o['resumed']),
    raw: v,
  }
}
