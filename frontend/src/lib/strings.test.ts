import { expect, it } from 'vitest'
import { strings } from './strings'

function* leaves(v: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof v !== 'object' || v === null) yield [path, v]
  else for (const [k, w] of Object.entries(v)) yield* leaves(w, path ? `${path}.${k}` : k)
}

it('has no empty text, and its language is one that Intl takes', () => {
  for (const [path, v] of leaves(strings)) {
    if (path.startsWith('keys.list')) continue
    expect(typeof v === 'function' || (typeof v === 'string' && v !== ''), path).toBe(true)
  }
  expect(Intl.getCanonicalLocales(strings.language)).toEqual([strings.language])
})

it('counts in the singular and the plural', () => {
  expect(strings.live.arrived(1, 0)).toBe('1 new decision')
  expect(strings.live.arrived(2, 1)).toBe('2 new decisions, 1 failed')
  expect(strings.live.shown(1200, null)).toBe('1,200 decisions')
  expect(strings.live.shown(108, 2500)).toBe('108 shown of about 2,500')
  expect(strings.live.found(1, false)).toBe('1 found so far')
  expect(strings.errors.dropped(1)).toMatch(/^1 decision was/)
})
