import { expect, it, vi } from 'vitest'
import { Loader } from './loader.svelte'

it('keeps the last answer through a failure', async () => {
  const l = new Loader<number>()
  await l.load(async () => 1)
  await l.load(async () => Promise.reject(new Error('gone')))
  expect([l.value, l.failure?.message, l.busy]).toEqual([1, 'gone', false])
  await l.load(async () => 2)
  expect([l.value, l.failure]).toEqual([2, null])
})

it('lets a later request overtake an earlier one', async () => {
  const l = new Loader<number>()
  let end: (n: number) => void = () => undefined
  const first = l.load(() => new Promise((resolve) => (end = resolve)))
  await l.load(async () => 2)
  end(1)
  await first
  expect(l.value).toBe(2)
})

it('says so when it takes long, and can be cancelled', () => {
  vi.useFakeTimers()
  const l = new Loader<number>()
  void l.load(() => new Promise(() => undefined))
  expect([l.busy, l.slow]).toEqual([true, false])
  vi.advanceTimersByTime(400)
  expect(l.slow).toBe(true)
  l.cancel()
  expect([l.busy, l.slow]).toEqual([false, false])
  vi.useRealTimers()
})
