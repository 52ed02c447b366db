import { expect, it } from 'vitest'
import { readHash, writeHash } from './hash'

it('comes back as it went', () => {
  for (const view of [
    { id: '', query: '' },
    { id: '0198-a', query: '' },
    { id: '', query: 'a b&c=d #✕' },
    { id: '0198-a', query: '100% -x' },
  ]) {
    expect(readHash(writeHash(view))).toEqual(view)
  }
})

it('is empty for the plain page and tolerant of noise', () => {
  expect(writeHash({ id: '', query: '' })).toBe('')
  expect(readHash('#%E0%A4%A')).toMatchObject({ id: '' })
  expect(readHash('#x=1')).toEqual({ id: '', query: '' })
})
