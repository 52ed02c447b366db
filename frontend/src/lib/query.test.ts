import { describe, expect, it } from 'vitest'
import { readQuery } from './filter'
import { matches, paramsOf } from './query'
import { readRow, type Row } from './wire'

const row = (more: object = {}): Row =>
  readRow({
    seq: 1, id: '0190-abc', asked: 'auto', model: 'Acme/fast', provider: 'fast', strategy: 'cost', route: '/code', key: 'laptop', cache: 'miss',
    status: 200, outcome: 'ok', stream: true, total_us: 1_500_000, first_us: 300_000, cost_micro: 20_000, tokens: { input: 1, output: 1 },
    attempts: [
      { provider: 'azure', endpoint: 'azure/x', outcome: 'rate_limited', status: 429 },
      { provider: 'fast', endpoint: 'fast/y', outcome: 'ok', status: 200 },
    ],
    ...more,
  }) as Row

const is = (query: string, more: object = {}): boolean => matches(readQuery(query), row(more))
const asked = (query: string): string => paramsOf(readQuery(query)).toString()

describe('a field', () => {
  it('is compared whole, without case, with either of several, or by its beginning', () => {
    expect([is('provider:FAST'), is('provider:fas'), is('provider:slow,fast'), is('provider:fa*'), is('-provider:fast')]).toEqual([true, false, true, true, false])
    expect([is('model:acme/fast'), is('key:laptop'), is('route:/code'), is('asked:auto'), is('id:0190')]).toEqual([true, true, true, true, true])
  })
  it('knows who was tried apart from who served', () => {
    expect([is('provider:azure'), is('tried:azure'), is('cause:rate_limited'), is('cause:ok')]).toEqual([false, true, true, false])
  })
  it('has a word for fallbacks', () => {
    expect([is('cause:fallback'), is('outcome:fallback'), is('fallback:no')]).toEqual([true, true, false])
    expect(is('outcome:fallback', { outcome: 'failed' })).toBe(false)
  })
  it('is measured', () => {
    expect([is('cost:>0.02'), is('cost:>=0.02'), is('cost:0.01..0.03'), is('cost:<$1')]).toEqual([false, true, true, true])
    expect([is('total:>1s'), is('total:>1500ms'), is('first:<0.5s'), is('first:>1', { first_us: null })]).toEqual([true, false, true, false])
    expect([is('cost:unpriced', { cost_micro: null }), is('cost:free', { cost_micro: 0 }), is('cost:>0', { cost_micro: null })]).toEqual([true, true, false])
  })
  it('reads families of a status', () => {
    expect([is('status:5xx', { status: 503 }), is('status:503', { status: 503 }), is('status:5xx')]).toEqual([true, true, false])
  })
})

describe('what cannot be understood', () => {
  it('is said, and leaves the rest in force', () => {
    const query = readQuery('povider:azure cost:much provider:slow')
    expect(query.problems.join('\n')).toMatch(/“povider”[\s\S]*“much” says nothing of cost/)
    expect(matches(query, row())).toBe(false)
  })
  it('may be quoted', () => {
    expect(readQuery('"http://x"').problems).toEqual([])
    expect(is('"rate limited"')).toBe(true)
    expect(readQuery('provider:').terms).toEqual([])
  })
})

describe('the server', () => {
  it('is asked what it knows, and never for less than is meant', () => {
    expect(asked('provider:Azure cause:fallback cost:>0.01 word')).toBe('provider=Azure&fallback=1&cost_min=10000')
    expect(asked('-provider:azure provider:a,b tried:x status:5xx cost:free model:a*')).toBe('')
    expect(asked('total:>2s first:>500ms status:503 stream:yes cost:unpriced cost:<1')).toBe('total_min_us=2000000&first_min_us=500000&status=503&stream=1&unpriced=1&cost_max=1000000')
  })
})
