// What the stub makes up for each model name. The shapes are those of the control API.

const jitter = (n) => Math.round(n * (0.75 + Math.random() * 0.5))
const tokens = (input, output, more = {}) => ({ input, cache_read: 0, cache_write: 0, output, reasoning: 0, ...more })

const reading = (p50, more = {}) => ({
  stream: { samples_milli: 18_300, mean_us: Math.round(p50 * 1.1), p50_us: p50, p90_us: p50 * 2, p99_us: p50 * 4, tokens_per_ks: 62_000 },
  whole: null, samples_milli: 21_700, uptime_permille: 998, failures: 0, circuit: 'closed', until: null,
  limited: null, in_flight: 0, picked: 40, ...more,
})
const unmeasured = reading(0, { stream: null, samples_milli: 0, uptime_permille: 1000, picked: 0 })
const price = (input, output) => ({
  score: (input + output) * 1_000, unit: 'nano_usd',
  terms: [{ name: 'input', value: input * 1_000, unit: 'nano_usd' }, { name: 'output', value: output * 1_000, unit: 'nano_usd' }],
})

const candidate = (endpoint, rank, more = {}) => ({
  endpoint, provider: endpoint.split('/')[0], model: 'demo/steady', group: 0, rank, excluded: null,
  resting: null, score: rank - 1, unit: 'position', terms: [], reading: reading(240_000), ...more,
})

const decision = (why, candidates, more = {}) => ({
  seed: 7, rev: 'c41f9a2', model: 'demo/steady', strategy: 'priority', strategy_from: 'global',
  request: { operation: 'chat', stream: true, input_tokens: 412, max_output: 1024, expected_output: 400, features: ['tools'] },
  candidates, plan: candidates.filter((c) => !c.excluded).map((c) => c.endpoint), explored: false,
  why, warnings: [], ...more,
})

/** Lays attempts one after the other and derives the sums of the report. */
function report(dec, tries, more = {}) {
  let clock = 0
  const attempts = tries.map((t, i) => {
    const a = { n: i + 1, provider: t.endpoint.split('/')[0], model: 'demo/steady', first_us: null, fault: 'none', error: '', tokens: null, cost_micro: 0, ...t, start_us: clock }
    clock += a.total_us
    return a
  })
  const last = attempts.at(-1)
  const ok = last?.outcome === 'ok'
  return {
    schema: 'openai', stream: true, decision: dec, attempts,
    served: ok ? { endpoint: last.endpoint, provider: last.provider, model: last.model } : null,
    status: ok ? 200 : (last?.status || 502), outcome: ok ? 'ok' : 'failed', error: null,
    first_us: ok ? last.start_us + last.first_us : null, total_us: clock,
    cost_micro: ok ? last.cost_micro : null, failed_cost_micro: 0, ...more,
  }
}

const answer = (endpoint, more = {}) => {
  const first_us = jitter(260_000)
  return { endpoint, outcome: 'ok', status: 200, first_us, total_us: first_us + jitter(900_000), tokens: tokens(jitter(400), jitter(180)), cost_micro: jitter(2_400), ...more }
}
const failure = (endpoint, outcome, status, more = {}) => ({
  endpoint, outcome, status, total_us: jitter(120_000), fault: 'provider', ...more,
})

const noTools = { code: 'unsupported_parameter', text: 'does not support tools' }

const automatic = {
  preference: 'balanced', preference_from: 'default', pool_from: 'default', difficulty: 640, quantile: 700, score: 311, category: 'code', language: 'en',
  features: { 'code signs': 92, length: 41, 'everyday words': -18 }, carried: 1, last: null, thrift: 1000, learned: { rev: '0a1b2c', outcomes: 412 },
  models: [
    { model: 'demo/quick', eligible: true, quality: 812, rating: 1311, quality_from: 'elo', quality_parts: { overall: 1300, coding: 11 }, learned: -12, cost_nano: 312_000, time_us: 240_000, time_from: 'measured', success: 1000, in_flight: 0, resting: false, utility: 801_000, rank: 1 },
    { model: 'demo/local', eligible: true, quality: 655, rating: 1260, quality_from: 'price', learned: 0, cost_nano: null, time_us: 410_000, time_from: 'peers', success: 990, in_flight: 1, resting: true, utility: 640_000, rank: 2 },
    { model: 'demo/none', eligible: false, quality: 790, rating: 1300, quality_from: 'own', learned: 0, cost_nano: null, time_us: null, time_from: '', success: 1000, in_flight: 0, resting: false, utility: 0, rank: 0 },
  ],
  reason: 'best', runner_up: 'demo/local', tip: 'demo/local would be chosen if its expected quality were 81.0 % instead of 65.5 %',
}

export const scenarios = {
  'demo/steady': () =>
    report(
      decision('fast is first in the configured order and healthy', [
        candidate('fast/steady-1', 1), candidate('cheap/steady-1', 2),
        candidate('old/steady-0', 0, { excluded: noTools, score: null, reading: unmeasured }),
      ]),
      [answer('fast/steady-1')],
    ),
  'demo/fallback': () =>
    report(
      decision('cheap/steady-1 goes first: the lowest expected cost, $0.000310', [
        candidate('cheap/steady-1', 1, price(120, 190)),
        candidate('fast/steady-1', 2, price(950, 1_500)),
        candidate('spare/steady-1', 3, { ...price(1_100, 1_800), resting: { code: 'circuit_open', text: 'three failures in a row' }, reading: reading(410_000, { circuit: 'open', uptime_permille: 640, failures: 3, until: new Date(Date.now() + 8_000).toISOString() }) }),
        candidate('old/steady-0', 0, { excluded: noTools, score: null, reading: unmeasured }),
      ], { strategy: 'cost', strategy_from: 'suffix' }),
      [failure('cheap/steady-1', 'overloaded', 503, { error: 'the server is overloaded, please try again later' }), answer('fast/steady-1')],
    ),
  'demo/patient': () =>
    report(
      decision('cheap/steady-1 goes first: first in the configured order', [
        candidate('cheap/steady-1', 1), candidate('fast/steady-1', 2), candidate('fast/steady-2', 3, { group: 1, model: 'demo/next' }),
        candidate('spare/steady-1', 4, { resting: { code: 'circuit_open', text: 'circuit open' } }),
      ]),
      [
        failure('cheap/steady-1', 'rate_limited', 429, { fault: 'quota' }),
        failure('fast/steady-1', 'first_token_timeout', 0, { total_us: 1_300_000 }),
        failure('fast/steady-2', 'unreachable', 0, { total_us: 4_000, error: 'connection refused' }),
        answer('spare/steady-1'),
      ],
    ),
  auto: () =>
    report(
      decision('a short question of medium difficulty: quick is good enough (0.71 of 0.65 needed) and costs a fifth of the next', [
        candidate('fast/quick', 1, { model: 'demo/quick', ...price(140, 280), reading: reading(180_000) }),
        candidate('fast/steady-1', 2, price(950, 1_500)),
      ], { strategy: 'balanced', strategy_from: 'model auto', model: 'auto', auto: automatic, warnings: ['logit_bias was dropped: the provider has no such parameter'] }),
      [answer('fast/quick', { model: 'demo/quick', cost_micro: 214 })],
    ),
  'demo/unpriced': () =>
    report(decision('lab is the only endpoint', [candidate('lab/new', 1, { reading: unmeasured })]), [answer('lab/new', { model: 'demo/unpriced', cost_micro: null })]),
  'demo/local': () =>
    report(decision('ollama is the only endpoint', [candidate('ollama/llama', 1, { reading: reading(950_000) })]), [answer('ollama/llama', { model: 'demo/local', cost_micro: 0 })]),
  'demo/down': () =>
    report(
      decision('cheap/steady-1 goes first: first in the configured order', [candidate('cheap/steady-1', 1), candidate('fast/steady-1', 2)]),
      [failure('cheap/steady-1', 'provider_error', 500), failure('fast/steady-1', 'cut', 200, { total_us: 700_000 })],
      { status: 502, error: { code: 'all_attempts_failed', message: 'the answer of fast ended in the middle' } },
    ),
  'demo/wrong': () =>
    report(decision('fast is first and healthy', [candidate('fast/steady-1', 1)]), [failure('fast/steady-1', 'client_error', 400, { fault: 'caller', total_us: 60_000 })], { outcome: 'client_error' }),
  'demo/gone': () =>
    report(decision('fast is first and healthy', [candidate('fast/steady-1', 1)]), [failure('fast/steady-1', 'left', 200, { fault: 'caller', total_us: 420_000 })], { outcome: 'left', status: 499 }),
  'demo/drill': () =>
    report(
      decision('openai goes first: first in the configured order', [candidate('openai/gpt-4o-mini', 1), candidate('azure/gpt-4o-mini', 2)]),
      [failure('openai/gpt-4o-mini', 'provider_error', 503, { error: 'outage drill', total_us: 200 }), answer('azure/gpt-4o-mini')],
    ),
  'demo/none': () =>
    report(
      decision('no endpoint of this model supports tools', [candidate('old/steady-0', 0, { excluded: noTools, score: null, reading: unmeasured })]),
      [],
      { outcome: 'refused', status: 404, total_us: 300, error: { code: 'no_eligible_endpoint', message: 'no endpoint serves this request' } },
    ),
}

/** A mix that looks like a day of work. */
export const mix = [
  'demo/steady', 'demo/steady', 'demo/steady', 'auto', 'auto', 'demo/fallback', 'demo/steady', 'demo/local',
  'demo/steady', 'demo/unpriced', 'demo/patient', 'demo/steady', 'demo/wrong', 'auto', 'demo/down', 'demo/steady',
  'demo/gone', 'demo/none',
]
