import { expect, it } from 'vitest'
import { outcomeOf, servedOf, servedText } from './outcome'
import { readReport } from './wire'

const ended = (outcome: string, status = 200, ...attempts: string[]) => ({
  outcome,
  status,
  attempts: attempts.map((o) => ({ outcome: o })),
})

it('tells first try from fallback', () => {
  expect(outcomeOf(ended('ok', 200, 'ok'))).toEqual({ mark: '✓', text: 'ok', tone: 'ok' })
  expect(outcomeOf(ended('ok', 200, 'overloaded', 'ok'))).toMatchObject({
    text: 'ok after fallback',
    tone: 'saved',
  })
})

it('gives failures their status and unknown outcomes their name', () => {
  expect(outcomeOf(ended('failed', 502, 'cut')).text).toBe('failed 502')
  expect(outcomeOf(ended('client_error', 400)).text).toBe('caller’s error 400')
  expect(outcomeOf(ended('left', 200)).text).toBe('caller left')
  expect(outcomeOf(ended('half_done', 0)).text).toBe('half done')
  expect(outcomeOf(ended('', 0)).text).toBe('–')
})

it('names what answered only where it differs', () => {
  expect(servedText({ asked: 'a/b', model: 'a/b' })).toBeNull()
  expect(servedText({ asked: 'auto', model: 'a/b' })).toBe('a/b')
  expect(servedText({ asked: 'demo/parrot-2:price', model: 'demo/parrot-1' })).toBe('parrot-1')
  expect(servedText({ asked: 'auto', model: '' })).toBe('nothing')
})

it.each([
  ['the only one', 'a', '', 5, [['a', '', 5]], 1],
  ['the second, after a fallback', 'b', '', 5, [['a', '', 0], ['b', '', 5]], 2],
  ['the first, which another was to go on with', 'a', '', 5, [['a', '', 5], ['b', 'replay', 7]], 1],
  ['the first, which was to go on with itself', 'a', '', 5, [['a', '', 5], ['a', 'prefill', 7]], 1],
  ['the one that went on', 'a', 'replay', 5, [['a', '', 7], ['a', 'replay', 5]], 2],
  ['the one that went on, not the next that did not', 'b', 'replay', 5, [['a', '', 7], ['b', 'replay', 5], ['b', 'replay', 1]], 2],
  ['the last there, of a server that says no more', 'a', '', 9, [['a', '', 7], ['a', '', 5], ['b', '', 1]], 2],
] as [string, string, string, number, [string, string, number][], number][])('the answer came from %s', (_, by, resumed, cost, attempts, n) => {
  const report = readReport({
    served: { endpoint: by }, resumed, cost_micro: cost,
    attempts: attempts.map(([endpoint, resumes, cost_micro]) => ({ endpoint, resumes, cost_micro })),
  })
  expect(servedOf(report)?.n).toBe(n)
})

it('no answer came from nowhere', () => {
  expect(servedOf(readReport({ served: null, attempts: [{ endpoint: '' }, { endpoint: 'a' }] }))).toBeNull()
})
