import { expect, it } from 'vitest'
import { inRankOrder, verdictOf } from './verdict'
import { readReport } from './wire'

const report = readReport({
  served: { endpoint: 'b/y', provider: 'b', model: 'm' },
  attempts: [
    { endpoint: 'a/x', outcome: 'overloaded', status: 503 },
    { endpoint: 'b/y', outcome: 'ok', status: 200 },
  ],
  decision: {
    candidates: [
      { endpoint: 'd/w', rank: 0, excluded: { code: 'no_tools', text: 'does not support tools' } },
      { endpoint: 'c/z', rank: 3, resting: { code: 'circuit_open', text: '' } },
      { endpoint: 'b/y', rank: 2 },
      { endpoint: 'a/x', rank: 1, resting: { code: 'retry_after', text: 'asked to wait' } },
      { endpoint: 'e/v', rank: 4 },
    ],
  },
})

it('orders by rank and keeps the excluded', () => {
  expect(inRankOrder(report.decision.candidates).map((c) => c.endpoint)).toEqual([
    'a/x', 'b/y', 'c/z', 'e/v', 'd/w',
  ])
})

it('says what became of each', () => {
  const say = inRankOrder(report.decision.candidates).map((c) => {
    const v = verdictOf(c, report)
    return [v.text, v.detail].filter(Boolean).join(' | ')
  })
  expect(say).toEqual([
    'tried | overloaded (503); resting, goes last: asked to wait',
    'served',
    'resting, goes last | circuit open',
    'eligible',
    'out | does not support tools',
  ])
})
