import type { Route } from './policy'
import { fields, list, text } from './read'

// Providers of a route against each other: by the provider that a request was given to first, with
// statements that stay true however often one looks.

export interface Tally {
  provider: string
  /** Requests whose first attempt was here. */
  requests: number
  /** Those whose first attempt succeeded. */
  ok: number
}

/** tally counts rows of decisions by the provider of their first attempt; an answer from the cache had none. */
export function tally(rows: unknown[], into = new Map<string, Tally>()): Map<string, Tally> {
  for (const row of rows) {
    const first = fields(list(fields(row)['attempts'])[0])
    const provider = text(first['provider'])
    if (provider === '') continue
    const t = into.get(provider) ?? { provider, requests: 0, ok: 0 }
    into.set(provider, { provider, requests: t.requests + 1, ok: t.ok + (first['outcome'] === 'ok' ? 1 : 0) })
  }
  return into
}

/** lnGamma is the logarithm of the gamma function, by Stirling's series above 10. */
export function lnGamma(x: number): number {
  let shift = 0
  for (; x < 10; x++) shift -= Math.log(x)
  const r = 1 / (x * x)
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x
}

export const ALPHA = 0.05

/**
 * interval is a confidence sequence of a share of successes: the probability that the true share is
 * ever outside of it, at whatever moment one looks, is at most alpha.
 *
 * It is the beta-binomial mixture. For a true share p, M = ∫ q^s (1-q)^f dq / (p^s (1-p)^f)
 * = B(s+1, f+1) / (p^s (1-p)^f) is a non-negative martingale that begins at 1, so by Ville's
 * inequality it ever reaches 1/alpha with a probability of at most alpha; the interval is every p at
 * which it has not. H. Robbins, "Statistical methods related to the law of the iterated logarithm",
 * Ann. Math. Statist. 41 (1970); S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform,
 * nonparametric, nonasymptotic confidence sequences", Ann. Statist. 49 (2021), on mixtures.
 */
export function interval(successes: number, requests: number, alpha = ALPHA): [number, number] {
  const failures = requests - successes
  if (requests <= 0) return [0, 1]
  const mixed = lnGamma(successes + 1) + lnGamma(failures + 1) - lnGamma(requests + 2)
  const times = (n: number, ln: number): number => (n === 0 ? 0 : n * ln)
  const outside = (p: number): boolean => mixed - times(successes, Math.log(p)) - times(failures, Math.log(1 - p)) >= Math.log(1 / alpha)
  const mean = successes / requests
  // The martingale falls up to the mean and rises behind it.
  const edge = (out: number, within: number): number => {
    if (!outside(out)) return out
    for (let i = 0; i < 60; i++) {
      const middle = (out + within) / 2
      if (outside(middle)) out = middle
      else within = middle
    }
    return within
  }
  return [edge(0, mean), edge(1, mean)]
}

/** What speaks against requests being split by the weights, as odds; from 100 on it is enough. */
export interface Ratio {
  odds: number
  off: boolean
}

export const ENOUGH = 100

/**
 * ratioOf checks the split against the weights, at whatever moment one looks: the Bayes factor of a
 * Dirichlet mixture against the weights is a non-negative martingale that begins at 1 where the
 * weights hold, so it ever reaches 100 with a probability of at most 1 in 100. M. Lindon, A. Malek,
 * "Anytime-valid inference for multinomial count data", NeurIPS 2022. null: nothing to check.
 */
export function ratioOf(counts: number[], weights: number[]): Ratio | null {
  const whole = weights.reduce((a, b) => a + b, 0)
  const all = counts.reduce((a, b) => a + b, 0)
  if (whole <= 0 || counts.length < 2 || all === 0) return null
  if (counts.some((n, i) => n > 0 && (weights[i] ?? 0) === 0)) return { odds: Infinity, off: true }
  const drawn = counts.map((n, i) => ({ n, share: (weights[i] ?? 0) / whole })).filter((d) => d.share > 0)
  let ln = lnGamma(drawn.length) - lnGamma(all + drawn.length)
  for (const { n, share } of drawn) ln += lnGamma(n + 1) - n * Math.log(share)
  const odds = Math.exp(ln)
  return { odds, off: odds >= ENOUGH }
}

export interface Compared {
  provider: string
  requests: number
  ok: number
  /** Shares, 0 to 1; should is null where nothing is drawn. */
  share: number
  should: number | null
  low: number
  high: number
}

/** compare sets the providers of a route beside each other, in the route's order. */
export function compare(route: Route, tallies: Map<string, Tally>): { arms: Compared[]; ratio: Ratio | null; differ: [string, string] | null } {
  // A provider may stand in a route several times, with different models.
  const names = [...new Set([...route.arms.map((a) => a.provider), ...tallies.keys()])]
  const weights = names.map((n) => route.arms.filter((a) => a.provider === n).reduce((sum, a) => sum + a.weight, 0))
  const counts = names.map((n) => tallies.get(n)?.requests ?? 0)
  const [whole, all] = [weights.reduce((a, b) => a + b, 0), counts.reduce((a, b) => a + b, 0)]
  const drawn = route.loadBalancing && whole > 0
  const arms = names.map((provider, i) => {
    const t = tallies.get(provider) ?? { ok: 0 }
    const requests = counts[i] ?? 0
    const [low, high] = interval(t.ok, requests, ALPHA / Math.max(1, names.length)) // all intervals hold together
    return { provider, requests, ok: t.ok, share: all > 0 ? requests / all : 0, should: drawn ? (weights[i] ?? 0) / whole : null, low, high }
  })
  const best = [...arms].sort((a, b) => b.low - a.low)[0]
  const worse = arms.filter((a) => best && a.high < best.low).sort((a, b) => a.high - b.high)[0]
  return { arms, ratio: drawn ? ratioOf(counts, weights) : null, differ: best && worse ? [best.provider, worse.provider] : null }
}
