import { outcomeWords } from './chain'
import type { OutcomeTone } from './outcome'
import { strings } from './strings'
import type { Candidate, Reason, Report } from './wire'

// What became of a candidate, and the order to show them in. Nothing vanishes: what was excluded
// stands at the end with its reason.

export interface Verdict {
  text: string
  detail: string
  tone: OutcomeTone
}

const reasonText = (r: Reason): string => r.text || outcomeWords(r.code)

export function verdictOf(c: Candidate, report: Pick<Report, 'attempts' | 'served'>): Verdict {
  const say = strings.detail.table
  const resting = c.resting ? `${say.resting}: ${reasonText(c.resting)}` : ''
  if (c.excluded) return { text: say.excluded, detail: reasonText(c.excluded), tone: 'quiet' }
  const tries = report.attempts.filter((a) => a.endpoint === c.endpoint)
  const last = tries.at(-1)
  if (report.served?.endpoint === c.endpoint || last?.outcome === 'ok') {
    return { text: say.served, detail: resting, tone: 'ok' }
  }
  if (last) {
    const status = last.status >= 300 ? ` (${last.status})` : ''
    const detail = [outcomeWords(last.outcome) + status, resting].filter(Boolean).join('; ')
    return { text: say.tried, detail, tone: 'bad' }
  }
  if (c.resting) return { text: say.resting, detail: reasonText(c.resting), tone: 'saved' }
  return { text: say.eligible, detail: '', tone: 'quiet' }
}

/** inRankOrder is a copy: ranked first, unranked behind, excluded last. */
export function inRankOrder(candidates: Candidate[]): Candidate[] {
  const place = (c: Candidate): number => (c.excluded ? 2e9 : c.rank > 0 ? c.rank : 1e9)
  return [...candidates].sort((a, b) => place(a) - place(b) || a.group - b.group)
}
