import { expect, it } from 'vitest'
import { outcomeOf, servedText } from './outcome'

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
  expect(servedText({ asked: 'auto', model: '' })).toBe('nothing')
})
