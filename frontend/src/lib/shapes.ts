// The shapes of the control API, as the page works with them.

export interface StoreState {
  ok: boolean
  message: string
  written: number
  dropped: number
}

export interface Status {
  version: string
  listen: string
  started: string
  requests: number
  firstTry: number
  afterFallback: number
  failed: number
  unpriced: number
  store: StoreState
  /** Since local midnight; unpriced is since the start. */
  todayMicro: number
  todayUnpriced: number
  /** What is not as it should be. */
  degraded: Degraded[]
  /** Why the configuration's file as it is now is not in use; empty if it is. */
  configProblem: string
}

export interface Degraded {
  kind: string
  text: string
}

/** A request that is going on. */
export interface Flight {
  id: string
  at: string
  asked: string
  key: string
  stream: boolean
  /** 0 before the first. */
  attempt: number
  provider: string
  endpoint: string
  /** deciding, connecting, waiting or streaming. */
  stage: string
  firstUs: number | null
  bytes: number
}

export interface Tokens {
  input: number
  cacheRead: number
  cacheWrite: number
  /** Written to a cache for an hour. */
  cacheWriteHour: number
  output: number
  reasoning: number
  /** Images of the input, beside their tokens. */
  images: number
  /** The provider reported no usage; the host counted for itself. */
  estimated: boolean
}

export interface RowAttempt {
  provider: string
  endpoint: string
  outcome: string
  status: number
}

export interface Row {
  seq: number
  id: string
  at: string
  /** The same in milliseconds since 1970. */
  atMs: number
  /** The model as it was asked for, behind the path of its route. */
  asked: string
  askedModel: string
  route: string
  key: string
  /** hit, miss or off. */
  cache: string
  model: string
  provider: string
  strategy: string
  status: number
  outcome: string
  stream: boolean
  attempts: RowAttempt[]
  firstUs: number | null
  totalUs: number
  tokens: Tokens | null
  /** Of the answer; null: its price is unknown. */
  costMicro: number | null
  /** Of the attempts that failed; null: the price of one is unknown. */
  failedCostMicro: number | null
  /** How the answer went on that broke off: prefill or replay; empty if it did not. */
  resumed: string
  why: string
}

export interface RowPage {
  rows: Row[]
  /** The seq to ask for the next page with; null: there is none. */
  next: number | null
  /** How far back a filtered page has looked, as a time; empty if that is not said. */
  lookedTo: string
}

export interface Reason {
  code: string
  text: string
}

export interface Term {
  name: string
  value: number
  unit: string
}

/** Times to the first token of streams, or to the end of whole answers. */
export interface Speed {
  samplesMilli: number
  meanUs: number
  p50Us: number
  p90Us: number
  p99Us: number
  tokensPerKs: number
}

export interface Reading {
  stream: Speed | null
  whole: Speed | null
  /** Thousandths of the attempts behind the uptime. */
  samplesMilli: number
  uptimePermille: number
  failures: number
  circuit: string
  until: string
  /** End of the provider's own Retry-After window. */
  limited: string
  inFlight: number
  picked: number
}

export interface Candidate {
  endpoint: string
  provider: string
  model: string
  group: number
  rank: number
  excluded: Reason | null
  resting: Reason | null
  score: number | null
  unit: string
  terms: Term[]
  reading: Reading | null
}

export interface Decision {
  seed: string
  rev: string
  model: string
  strategy: string
  strategyFrom: string
  operation: string
  inputTokens: number
  expectedOutput: number
  maxOutput: number
  features: string[]
  candidates: Candidate[]
  plan: string[]
  /** The first was put first to learn about it. */
  explored: boolean
  why: string
  warnings: string[]
  /** How the model was chosen; null if the caller named it. */
  auto: Auto | null
}

/** Auto mode's choice of a model. Difficulty and quality are permille. */
export interface Auto {
  preference: string
  preferenceFrom: string
  difficulty: number
  /** The prompt could not be read, so that nothing is known of it. */
  unread: boolean
  /** Of the newest words alone, among the reference prompts; null: not read. */
  quantile: number | null
  category: string
  language: string
  /** What moves the difficulty most, by how many permille. */
  features: { name: string; points: number }[]
  models: AutoModel[]
  reason: string
  runnerUp: string
  tip: string
  /** How many outcomes the corrections in use were learned from; 0: none were. */
  learnedFrom: number
}

export interface AutoModel {
  model: string
  eligible: boolean
  resting: boolean
  quality: number
  rating: number
  qualityFrom: string
  /** Points by aspect that make up the rating, overall first. */
  parts: { name: string; points: number }[]
  /** Elo points that the user's own traffic added. */
  learned: number
  costNano: number | null
  timeUs: number | null
  timeFrom: string
  rank: number
}

/** What auto mode has learned from outcomes. */
export interface Learning {
  on: boolean
  outcomes: { source: string; model: string; good: number; bad: number }[]
  fit: { outcomes: number; heldBack: number; accepted: boolean; why: string } | null
  learned: { models: { model: string; points: number }[]; features: { name: string; permille: number }[] } | null
}

export interface Attempt {
  n: number
  endpoint: string
  provider: string
  model: string
  startUs: number
  firstUs: number | null
  totalUs: number
  status: number
  outcome: string
  fault: string
  error: string
  tokens: Tokens | null
  costMicro: number | null
  /** The endpoint had been tried before. */
  retry: boolean
  /** How it was to go on with an answer that another began: prefill or replay; else empty. */
  resumes: string
}

export interface Report {
  seq: number
  id: string
  at: string
  asked: string
  schema: string
  stream: boolean
  decision: Decision
  attempts: Attempt[]
  served: { endpoint: string; provider: string; model: string } | null
  status: number
  outcome: string
  error: { code: string; message: string } | null
  firstUs: number | null
  totalUs: number
  costMicro: number | null
  failedCostMicro: number | null
  /** How the answer went on that broke off: prefill or replay; empty if it did not. */
  resumed: string
  /** The answer as it came, for the raw view. */
  raw: unknown
}
