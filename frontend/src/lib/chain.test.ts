import { describe, expect, it } from 'vitest'
import { chainText, chips, condensed, spokenChain } from './chain'

const attempt = (provider: string, outcome: string, status = 0, endpoint = `${provider}/m`) => ({
  provider,
  endpoint,
  outcome,
  status,
})

describe('chainText', () => {
  it('is what the brief shows', () => {
    expect(chainText([attempt('cheap', 'overloaded', 503), attempt('fast', 'ok', 200)])).toBe(
      'cheap ✕503 › fast ✓',
    )
  })
  it('names the outcome where there is no telling status', () => {
    expect(chainText([attempt('a', 'first_token_timeout')])).toBe('a ✕ timeout')
    expect(chainText([attempt('a', 'cut', 200)])).toBe('a ✕ cut')
  })
  it('does not call a caller who left a failure', () => {
    expect(chips([attempt('a', 'left', 200)])[0]).toMatchObject({ mark: '– left', tone: 'quiet' })
  })
  it('names endpoints when one provider was tried with two', () => {
    const tried = [attempt('a', 'overloaded', 529, 'a/x'), attempt('a', 'ok', 200, 'a/y')]
    expect(chainText(tried)).toBe('a/x ✕529 › a/y ✓')
    const again = [attempt('a', 'overloaded', 529), attempt('a', 'ok', 200)]
    expect(chainText(again)).toBe('a ✕529 › a ✓')
  })
  it('never shows an empty label', () => {
    expect(chainText([attempt('', 'ok', 200, '')])).toBe('? ✓')
  })
})

it('condenses long chains', () => {
  const list = chips(['a', 'b', 'c', 'd'].map((p) => attempt(p, 'overloaded', 503)))
  expect(condensed(list)).toEqual([list[0], 2, list[3]])
  expect(condensed(list.slice(1))).toEqual(list.slice(1))
  expect(condensed([])).toEqual([])
})

it('spokenChain needs neither colour nor marks', () => {
  expect(spokenChain([attempt('cheap', 'overloaded', 503), attempt('fast', 'ok', 200)])).toBe(
    'cheap failed: overloaded (503), fast answered',
  )
  expect(spokenChain([])).toBe('no attempt was made')
})
