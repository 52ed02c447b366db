import { minuteOf } from './clock'
import { paid, rowsOf, spentOf, type Cut } from './costs'
import { shareOf } from './failures'
import { dollars } from './money'
import { count } from './quantity'
import type { Cell, Stats } from './stats'
import { costWords as say } from './words/costs'

// The findings of the costs, as a sentence and as tiles.

/** findingOf says what was spent, on what most of it, and what was saved and lost beside it. */
export function findingOf(stats: Stats, cut: Cut): string {
  const { totals } = stats
  const all = paid(totals)
  if (all === 0 && totals.unpriced === 0) return say.nothing(totals.ended)
  const spend = spentOf(totals)
  const first = rowsOf(stats, 'provider')[0]
  const named = cut !== 'day' && first && first.name !== '' && stats.groups.length > 1 && all > 0
  return [
    say.finding(spend.amount, totals.ended),
    named ? say.most(first.name, shareOf(paid(first.totals), all)) : '',
    totals.savedMicro > 0 ? say.savedToo(dollars(totals.savedMicro)) : totals.savedMicro < 0 ? say.lostToo(dollars(-totals.savedMicro)) : '',
    totals.failedCostMicro > 0 ? say.failedToo(dollars(totals.failedCostMicro)) : '',
    '.',
  ].join('')
}

/** peakOf says when most was spent. */
export function peakOf(stats: Stats, now: number): string {
  const sums = stats.at.map((_, i) => stats.groups.reduce((n, g) => n + (g.points[i] ? paid(g.points[i]) : 0), 0))
  const most = Math.max(0, ...sums)
  const at = stats.at[sums.indexOf(most)]
  return at === undefined || most === 0 ? '' : say.peak(dollars(most), minuteOf(at * 1_000, now), say.lengths[stats.step] ?? say.aStep)
}

/** eachOf is what a request cost on average, of those that ended and have a price. */
export const eachOf = (c: Cell): string => (c.ended > c.unpriced ? dollars(paid(c) / (c.ended - c.unpriced)) : '–')

/** savedText is what caches saved, or cost; a dash where none had a part in anything. */
export const savedText = (c: Cell): string => (c.savedMicro === 0 && c.cached + c.cacheRead + c.cacheWrite === 0 ? '–' : dollars(c.savedMicro))

export function tilesOf(c: Cell): { name: string; value: string; note: string; tone?: 'bad' | 'saved' }[] {
  const t = say.tiles
  const input = c.input + c.cacheRead + c.cacheWrite
  const saved = savedText(c)
  const each = eachOf(c)
  return [
    { name: t.spent, value: spentOf(c).amount, note: each === '–' ? '' : t.each(each) },
    { name: t.failed, value: dollars(c.failedCostMicro), note: t.apart },
    { name: t.saved, value: saved, note: c.cacheRead > 0 ? t.tokens(shareOf(c.cacheRead, input)) : c.cached > 0 || saved === '–' ? t.cached(c.cached) : t.beside },
    { name: t.unpriced, value: count(c.unpriced), note: c.unpriced > 0 ? t.unknown : t.none, ...(c.unpriced > 0 ? { tone: 'saved' as const } : {}) },
  ]
}
