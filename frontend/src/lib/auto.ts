import { count, permille } from './quantity'
import { strings } from './strings'
import type { Auto, AutoModel, Learning, Report, Status } from './wire'

// Auto mode's choice in words, and whether something can be said of its answer.

const say = strings.detail.auto

/** signed writes a number with its sign, and nothing with none. */
export const signed = (n: number): string => (n > 0 ? '+' : n < 0 ? '−' : '') + count(Math.abs(n))

/** signedShare writes permille as signed percent. */
export const signedShare = (n: number): string => (n > 0 ? '+' : n < 0 ? '−' : '') + permille(Math.abs(n))

/** ranked is a copy: eligible models by rank, the others behind them. */
export function ranked(models: AutoModel[]): AutoModel[] {
  const place = (m: AutoModel): number => (m.rank > 0 ? m.rank : 1e9)
  return [...models].sort((a, b) => place(a) - place(b))
}

/** qualitySource says where an expected quality is from: `Elo 1,311: 1,300, coding +11`. */
export function qualitySource(m: AutoModel): string {
  const name = say.from[m.qualityFrom] ?? m.qualityFrom
  if (m.parts.length === 0) return name
  const [overall, ...others] = m.parts
  const parts = others.map((p) => `${p.name} ${signed(p.points)}`)
  return `${name} ${count(m.rating)}` + (parts.length > 0 ? `: ${[count(overall?.points ?? 0), ...parts].join(', ')}` : '')
}

/** whyNot is why nothing can be said of the answer; empty if it can. */
export function whyNot(report: Report, learning: Learning | null, status: Status | null): string {
  const served = report.served
  if (!served) return say.cannot.unserved
  if (!report.decision.auto?.models.some((m) => m.model === served.model)) return say.cannot.outside
  if (learning && !learning.on) return say.cannot.off
  if (status && !status.store.ok) return say.cannot.store
  return ''
}

/** learnedLines says what has been learned: how much there is, whether it is used and why, and each correction. */
export function learnedLines(l: Learning): string[] {
  if (!l.on) return [say.cannot.off]
  const sum = (of: (n: Learning['outcomes'][number]) => number): number => l.outcomes.reduce((n, o) => n + of(o), 0)
  const [good, bad] = [sum((o) => o.good), sum((o) => o.bad)]
  const lines = [good + bad > 0 ? say.outcomes(count(good), count(bad)) : say.noOutcomes]
  if (l.fit) lines.push(`${l.learned ? say.used : say.unused}: ${l.fit.why}.`)
  for (const m of l.learned?.models ?? []) lines.push(say.points(m.model, signed(m.points)))
  for (const f of l.learned?.features ?? []) lines.push(say.harder(f.name, signedShare(f.permille)))
  return lines
}

/** reasonText is the reason in words. */
export const reasonText = (a: Auto): string => say.reasons[a.reason] ?? a.reason
