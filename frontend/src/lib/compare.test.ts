import { describe, expect, it } from 'vitest'
import { compare, interval, lnGamma, ratioOf, tally } from './compare'
import type { Route } from './policy'

const route = (weights: number[], loadBalancing = true): Route => ({ path: '/s', failover: true, loadBalancing, sticky: '', strategy: '', cache: null, limits: [], arms: weights.map((weight, i) => ({ provider: 'ab'[i] ?? 'c', model: '', weight })) })

/** A deterministic source of draws. */
function draws(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe('lnGamma', () => {
  it('is the logarithm of the factorial', () => {
    let ln = 0
    for (let n = 1; n < 200; n++) {
      expect(lnGamma(n)).toBeCloseTo(ln, 9)
      ln += Math.log(n)
    }
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9)
  })
})

describe('interval', () => {
  it('is everything before anything was seen', () => {
    expect(interval(0, 0)).toEqual([0, 1])
  })
  it('holds the mean, reaches the ends, and narrows', () => {
    expect(interval(50, 50)[1]).toBe(1)
    expect(interval(0, 50)[0]).toBe(0)
    const [low, high] = interval(990, 1_000)
    expect(low).toBeLessThan(0.99)
    expect(high).toBeGreaterThan(0.99)
    expect(high - low).toBeLessThan(interval(99, 100)[1] - interval(99, 100)[0])
    expect(high - low).toBeLessThan(0.04)
  })
  it('is where the martingale reaches 1/alpha', () => {
    // M(p) = B(s+1, f+1) / (p^s (1-p)^f), by another way: 1 of 2 has B(2, 2) = 1/6.
    const [low, high] = interval(1, 2, 0.5)
    expect(1 / 6 / (low * (1 - low))).toBeCloseTo(2, 6)
    expect(low + high).toBeCloseTo(1, 9)
  })
  it('holds at every moment at once, for as many runs as it says', () => {
    for (const p of [0.5, 0.97]) {
      const draw = draws(7)
      let missed = 0
      for (let run = 0; run < 300; run++) {
        let ok = 0
        for (let n = 1; n <= 400; n++) {
          if (draw() < p) ok++
          if (n % 5 > 0) continue
          const [low, high] = interval(ok, n)
          if (p < low || p > high) {
            missed++
            break
          }
        }
      }
      expect(missed / 300).toBeLessThanOrEqual(0.05)
    }
  })
})

describe('ratioOf', () => {
  it('finds a split that is not that of the weights, and no other', () => {
    expect(ratioOf([903, 97], [90, 10])?.off).toBe(false)
    expect(ratioOf([700, 300], [90, 10])?.off).toBe(true)
    expect(ratioOf([3, 1], [90, 10])?.off).toBe(false)
  })
  it('is about draws alone', () => {
    expect(ratioOf([1, 2], [0, 0])).toBeNull()
    expect(ratioOf([0, 0], [1, 1])).toBeNull()
    expect(ratioOf([5, 1], [1, 0])).toEqual({ odds: Infinity, off: true })
    expect(ratioOf([5, 0], [1, 0])?.odds).toBeCloseTo(1)
  })
})

describe('compare', () => {
  const rows = (provider: string, ok: number, failed: number): unknown[] => [
    ...Array.from({ length: ok }, () => ({ attempts: [{ provider, outcome: 'ok' }] })),
    ...Array.from({ length: failed }, () => ({ attempts: [{ provider, outcome: 'provider_error' }, { provider: 'c', outcome: 'ok' }] })),
  ]
  it('counts by the first attempt, and nothing of the cache', () => {
    const t = tally([...rows('a', 3, 1), { attempts: [] }, null])
    expect([...t.values()]).toEqual([{ provider: 'a', requests: 4, ok: 3 }])
  })
  it('says that one is better only when it is shown', () => {
    const shown = compare(route([50, 50]), tally([...rows('a', 990, 10), ...rows('b', 850, 150)]))
    expect(shown.differ).toEqual(['a', 'b'])
    expect(shown.ratio?.off).toBe(false)
    const open = compare(route([50, 50]), tally([...rows('a', 20, 0), ...rows('b', 18, 2)]))
    expect(open.differ).toBeNull()
  })
  it('shows those without requests, and no ratio without a draw', () => {
    const { arms, ratio } = compare(route([1, 1], false), tally(rows('b', 1, 0)))
    expect(arms.map((a) => [a.provider, a.requests, a.should])).toEqual([['a', 0, null], ['b', 1, null]])
    expect(ratio).toBeNull()
  })
})
