import { strings } from './strings'
import type { Tokens } from './wire'

// Money is whole micro-dollars. It has three states, and they are never mixed up: priced, free, and
// unpriced (the price is unknown, which is not zero).

export type MoneyState = 'priced' | 'free' | 'unpriced' | 'none'

export interface Cost {
  state: MoneyState
  text: string
  /** The exact amount or the reason, for hover and screen readers. */
  title: string
}

const MICRO = 1_000_000

function places(micro: number): number {
  if (micro === 0 || micro >= MICRO) return 2
  if (micro >= 1_000) return 4
  return micro >= 1 ? 6 : 9
}

/** dollars writes an amount with as many places as it needs: `$3.12`, `$0.0021`, `$0.000123`. */
export function dollars(micro: number, round: 'near' | 'down' = 'near'): string {
  const n = places(micro)
  const step = 10 ** (6 - n)
  const whole = round === 'down' ? Math.floor(micro / step) : Math.round(micro / step)
  const value = whole / 10 ** n
  return (
    '$' +
    value.toLocaleString(strings.language, { minimumFractionDigits: n, maximumFractionDigits: n })
  )
}

const exact = (micro: number): string => `$${(micro / MICRO).toFixed(6)}`

interface Billed {
  outcome: string
  tokens: Tokens | null
  costMicro: number | null
}

/** wasUsed tells whether there was anything to pay for: an answer, or tokens, or a cost. */
export const wasUsed = (b: Billed): boolean =>
  b.outcome === 'ok' || b.tokens !== null || (b.costMicro ?? 0) > 0

/** answerOf is a row without what its failed attempts used, if no answer began: they stand apart. */
export const answerOf = (row: Billed & { status: number }): Billed =>
  row.status === 200 ? row : { ...row, tokens: null }

/** costOf is the cost of one request or attempt; without use there is none to speak of. */
export function costOf(micro: number | null, used: boolean): Cost {
  if (!used) return { state: 'none', text: '–', title: strings.money.nothingUsed }
  if (micro === null) {
    return { state: 'unpriced', text: strings.money.unpriced, title: strings.money.unpricedTitle }
  }
  if (micro === 0) return { state: 'free', text: strings.money.free, title: strings.money.freeTitle }
  return { state: 'priced', text: dollars(micro), title: exact(micro) }
}

/** failedOf is what the failed attempts cost beside the answer; null: nothing. */
export function failedOf(micro: number | null): Pick<Cost, 'text' | 'title'> | null {
  const say = strings.money
  if (micro === 0) return null
  if (micro === null) return { text: say.failed(say.unpriced), title: say.failedUnpriced }
  return { text: say.failed(dollars(micro)), title: say.failedTitle(exact(micro)) }
}

export interface Spend {
  amount: string
  note: string
}

/** spendOf is a sum: exact when everything was priced, else a lower bound that says so. */
export function spendOf(micro: number, unpriced: number): Spend {
  if (unpriced === 0) return { amount: dollars(micro, 'down'), note: strings.money.allPriced }
  return { amount: `≥ ${dollars(micro, 'down')}`, note: strings.money.unpricedCount(unpriced) }
}
