import { describe, expect, it } from 'vitest'
import { partsOf, readFlips, readPrices, readReplay, readSaid, toldOf, verdict } from './explain'
import { readReport } from './wire'

describe('a replay', () => {
  const word = (v: unknown) => verdict(readReplay(v)).state
  it('is equal only if every way that was made is', () => {
    expect(word({ native: { equal: true }, wasm: { equal: true } })).toBe('equal')
    expect(word({ native: { equal: true }, wasm: null, wasm_problem: 'not built' })).toBe('equal')
    expect(word({ native: { equal: true }, wasm: { equal: false, difference: 'at byte 3' } })).toBe('differs')
    expect(word({ native: null, native_problem: 'the configuration is gone' })).toBe('unknown')
  })
  it('says why not', () => {
    const r = readReplay({ native: { equal: false, difference: 'at byte 3' }, wasm: null, wasm_problem: 'not built' })
    expect([r.native.detail, r.wasm.detail]).toEqual(['at byte 3', 'not built'])
  })
})

it('knows what would have tipped it, and by how much', () => {
  const [a, b] = readFlips({ flips: [{ endpoint: 'x', text: 'x would go first', margin: 12, margin_unit: 'us' }, { endpoint: 'y', margin: 0, first: false }] })
  expect(a).toEqual({ endpoint: 'x', text: 'x would go first', margin: 12, marginUnit: 'us', first: true })
  expect([b?.margin, b?.first]).toEqual([null, false])
})

it('takes a cost apart', () => {
  const prices = readPrices({ models: [{ endpoints: [{ id: 'a', price: { known: true, input: 2_000_000, output: 10_000_000, cache_read: 200_000 } }, { id: 'b', price: null }] }] })
  expect([...prices.keys()]).toEqual(['a'])
  const tokens = readReport({ attempts: [{ tokens: { input: 1000, cache_read: 500, output: 100 } }] }).attempts[0]!.tokens!
  expect(partsOf(tokens, prices.get('a')!).map((p) => [p.name, p.micro])).toEqual([['input', 2000], ['read from a cache', 100], ['output', 1000]])
})

it('tells what was lost on the way to who served', () => {
  const raw = { decision: { request: { parameters: ['temperature', 'logit_bias'] }, candidates: [{ endpoint: 'a', schema: 'anthropic', losses: [{ code: 'dropped:logit_bias', text: 'logit_bias is left out' }] }] } }
  expect(toldOf(raw, 'a')).toEqual({ parameters: ['temperature', 'logit_bias'], losses: [{ code: 'dropped:logit_bias', text: 'logit_bias is left out' }], schema: 'anthropic' })
  expect(toldOf(null, 'a')).toEqual({ parameters: [], losses: [], schema: '' })
})

it('reads what was asked and answered, or why it is not kept', () => {
  const whole = readSaid({ body: '{}', answer: null, why: '', request: { bytes: 2, kind: 'json', cut: false }, response: { bytes: 3_000_000, kind: 'binary', cut: true } })
  expect(whole.parts).toEqual([{ name: 'Request', about: 'Request, 2 bytes', text: '{}' }, { name: 'Answer', about: 'Answer, 3,000,000 bytes, of which the beginning is kept, not a text', text: '' }])
  expect(readSaid({ body: null, answer: null, why: 'not kept', request: null, response: null })).toEqual({ parts: [], why: 'not kept' })
})
