import { fields, list, number, numberOrNull, text } from './read'

// What failed, where and when, and what took over: the shapes of `fallbacks`, and the findings in it.

/** Mark is one attempt that failed and set off what came after it. */
export interface Mark {
  provider: string
  /** Milliseconds since 1970. */
  at: number
  endpoint: string
  outcome: string
  status: number
  seq: number
  id: string
  totalUs: number
  /** The provider that answered in the end; empty: none; null: it is not said. */
  served: string | null
}

/** Span is a time in which something rested. */
export interface Span {
  from: number
  to: number
  kind: 'open' | 'limited'
  endpoint: string
}

export interface Lane {
  provider: string
  marks: Mark[]
  spans: Span[]
}

export interface Flow {
  asked: string
  trigger: string
  /** Empty: nothing did. */
  served: string
  requests: number
  /** Micro-dollars of the failed attempts that have a price. */
  costMicro: number | null
  /** Failed attempts that used something and have none. */
  unpriced: number
  extraUs: number
}

export interface Fallbacks {
  lanes: Lane[]
  /** Marks that were too many to be sent. */
  leftOut: number
  flows: Flow[]
  totals: {
    requests: number
    ended: number
    refused: number
    cached: number
    left: number
    cancelled: number
    fellBack: number
    saved: number
    lost: number
    costMicro: number | null
    unpriced: number
    extraUs: number
  }
}

function readMark(provider: string, v: unknown): Mark {
  const m = fields(v)
  return {
    provider,
    at: Date.parse(text(m['at'])),
    endpoint: text(m['endpoint']),
    outcome: text(m['outcome']),
    status: number(m['status']),
    seq: number(m['seq']),
    id: text(m['id']),
    totalUs: number(m['total_us']),
    served: typeof m['served'] === 'string' ? m['served'] : null,
  }
}

/** The caller or we ended these attempts: they did not fail. */
const ENDED_BY_US = new Set(['left', 'abandoned'])

function readLane(v: unknown): Lane {
  const lane = fields(v)
  const provider = text(lane['provider'])
  const marks = list(lane['marks']).map((m) => readMark(provider, m))
  const spans = list(lane['spans']).map((v): Span => {
    const s = fields(v)
    const kind = s['kind'] === 'limited' ? 'limited' : 'open'
    return { from: Date.parse(text(s['from'])), to: Date.parse(text(s['to'])), kind, endpoint: text(s['endpoint']) }
  })
  return {
    provider,
    marks: marks.filter((m) => !Number.isNaN(m.at) && !ENDED_BY_US.has(m.outcome)).sort((a, b) => a.at - b.at),
    spans: spans.filter((s) => s.to >= s.from),
  }
}

export function readFallbacks(v: unknown): Fallbacks {
  const f = fields(v)
  const t = fields(f['totals'])
  const [requests, ended, refused, cached, left] = [number(t['requests']), number(t['ended']), number(t['refused']), number(t['cached']), number(t['left'])]
  const flows = list(f['flows']).map((v): Flow => {
    const flow = fields(v)
    return {
      asked: text(flow['asked']),
      trigger: text(flow['trigger']),
      served: text(flow['served']),
      requests: number(flow['requests']),
      costMicro: numberOrNull(flow['cost_micro']),
      unpriced: number(flow['unpriced']),
      extraUs: number(flow['extra_us']),
    }
  })
  return {
    lanes: list(f['lanes']).map(readLane),
    leftOut: number(f['left_out']),
    flows,
    totals: {
      requests,
      ended,
      refused,
      cached,
      left,
      cancelled: Math.max(0, requests - ended - refused - cached - left), // what is none of them
      fellBack: number(t['fell_back']),
      saved: number(t['saved']),
      lost: number(t['lost']),
      costMicro: numberOrNull(t['cost_micro']),
      unpriced: flows.reduce((n, flow) => n + flow.unpriced, 0),
      extraUs: number(t['extra_us']),
    },
  }
}

/** Outcomes that look alike are drawn alike: the kinds of triggers. */
export type Kind = 'limit' | 'server' | 'time' | 'reach' | 'broken' | 'access' | 'other'

export const KINDS: Kind[] = ['server', 'limit', 'time', 'reach', 'broken', 'access', 'other']

const KIND: Record<string, Kind> = {
  rate_limited: 'limit',
  provider_error: 'server',
  overloaded: 'server',
  unreachable: 'reach',
  cut: 'broken',
  bad_answer: 'broken',
  no_model: 'access',
  credentials: 'access',
}

export const kindOf = (outcome: string): Kind => KIND[outcome] ?? (outcome.endsWith('_timeout') ? 'time' : 'other')

/** Ended by the caller or by us: no fault of the provider. */
const BLAMELESS = new Set(['left', 'abandoned', 'client_error', 'cost_limit', 'content_filter', 'context_length'])

export const blameless = (outcome: string): boolean => BLAMELESS.has(outcome)

/** Incident is a run of failures of one provider in one way. */
export interface Incident {
  provider: string
  outcome: string
  /** Of the provider's answers, if it was the same in all. */
  status: number
  from: number
  to: number
  marks: number
  /** Who answered instead, most often first. */
  saviours: [string, number][]
  /** Exchanges that nothing answered. */
  lost: number
  /** What one of these failures took, on average. */
  eachUs: number
}

/** Failures further apart than this do not belong together. */
const apart = (from: number, to: number): number => Math.max(60_000, (to - from) / 20)

function incidentOf(marks: Mark[]): Incident {
  const [first, last] = [marks[0] as Mark, marks[marks.length - 1] as Mark]
  const ended = new Map(marks.map((m) => [m.id, m.served]))
  const saviours = new Map<string, number>()
  for (const served of ended.values()) if (served) saviours.set(served, (saviours.get(served) ?? 0) + 1)
  return {
    provider: first.provider,
    outcome: first.outcome,
    status: marks.every((m) => m.status === first.status) ? first.status : 0,
    from: first.at,
    to: last.at,
    marks: marks.length,
    saviours: [...saviours].sort((a, b) => b[1] - a[1]),
    lost: [...ended.values()].filter((served) => served === '').length,
    eachUs: Math.round(marks.reduce((n, m) => n + m.totalUs, 0) / marks.length),
  }
}

/** One that nothing answered weighs more than one that was saved. */
const weightOf = (i: Incident): number => i.marks + 2 * i.lost

/** incidentsOf finds the runs of failures, the worst first. */
export function incidentsOf(lanes: Lane[], from: number, to: number): Incident[] {
  const gap = apart(from, to)
  const runs: Mark[][] = []
  for (const lane of lanes) {
    const open = new Map<string, Mark[]>()
    for (const m of lane.marks) {
      const run = open.get(m.outcome)
      if (run && m.at - (run[run.length - 1] as Mark).at <= gap) run.push(m)
      else {
        const fresh = [m]
        open.set(m.outcome, fresh)
        runs.push(fresh)
      }
    }
  }
  return runs.map(incidentOf).sort((a, b) => weightOf(b) - weightOf(a) || b.to - a.to)
}
