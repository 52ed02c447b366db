import { expect, it, vi } from 'vitest'
import type { Desk } from './desk.svelte'
import { metBy } from './drill'
import { Hand, left, ordered, readProviders, splitOf } from './providers'
import type { Row } from './wire'

const provider = (name: string, state: string, requests = 0) => ({ name, state, totals: { requests }, endpoints: [{ id: `${name}/a`, errors: { cut: 1, overloaded: 4, left: 0 }, totals: { attempts: 8, ok: 3 } }] })

it('reads every state, and takes one that it does not know for ok', () => {
  const read = readProviders({ providers: [provider('a', 'resting'), provider('b', 'melted'), { name: 'c', state: 'disabled', disabled: { until: '2026-01-02T10:00:00Z', why: 'x' }, until: '2026-01-02T10:00:00Z' }] })
  expect(read.map((p) => p.state)).toEqual(['resting', 'ok', 'disabled'])
  expect([read[0]?.disabled, read[0]?.until, read[2]?.disabled?.why]).toEqual([null, null, 'x'])
})

it('puts trouble first, then what is used most', () => {
  const read = readProviders({ providers: [provider('a', 'ok', 1), provider('b', 'ok', 9), provider('c', 'off'), provider('d', 'no_key'), provider('e', 'resting')] })
  expect(ordered(read).map((p) => p.name)).toEqual(['d', 'e', 'b', 'a', 'c'])
})

it('splits the attempts, the good ones first', () => {
  const [p] = readProviders({ providers: [provider('a', 'ok')] })
  expect(splitOf(p!.endpoints)).toEqual([{ outcome: 'ok', n: 3 }, { outcome: 'overloaded', n: 4 }, { outcome: 'cut', n: 1 }])
})

it('counts down', () => {
  expect([left(18_400, 0), left(245_000, 0), left(4_800_000, 0), left(3 * 86_400_000, 0), left(null, 5), left(1, 9)]).toEqual(['19 s', '4 min 05 s', '1 h 20 min', '3 days', '0 s', '0 s'])
})

it('asks for what a probe costs before it sends one, and names the provider safely', async () => {
  const send = vi.fn(async () => ({ endpoint: 'a b/c', estimate_micro: null, says: 'one request' }))
  const probe = await new Hand({ api: { send } } as unknown as Desk, 'a b').probe('', true)
  expect(send.mock.calls[0]?.slice(0, 3)).toEqual(['POST', 'providers/a%20b/probe', { dry_run: true }])
  expect([probe.estimateMicro, probe.says]).toEqual([null, 'one request'])
})

it('finds what met a drill', () => {
  const row = (id: string, second: number, outcomes: [string, string][], outcome = 'ok') =>
    ({ id, at: new Date(second * 1_000).toISOString(), outcome, provider: outcome === 'ok' ? outcomes.at(-1)![0] : '', attempts: outcomes.map(([provider, outcome]) => ({ provider, outcome, endpoint: '', status: 0 })) }) as unknown as Row
  const rows = [row('d', 70, [['azure', 'overloaded'], ['openai', 'ok']]), row('c', 40, [['azure', 'overloaded']], 'failed'), row('b', 30, [['azure', 'overloaded'], ['openai', 'ok']]), row('a', 20, [['openai', 'ok']]), row('z', 5, [['azure', 'overloaded'], ['openai', 'ok']])]
  const met = metBy(rows, 'azure', 10_000, 65_000)
  expect(met.rows.map((r) => r.id)).toEqual(['b', 'c'])
  expect([met.saved, met.lost, met.saviours]).toEqual([1, 1, ['openai']])
})
