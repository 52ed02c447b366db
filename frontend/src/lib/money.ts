import { strings } from './strings'
import type { Tokens } from './wire'

// Money is whole micro-dollars. It has three states, and they are never mixed up: priced, free, and
// unpriced (the price is unknown, which is not zero). What is less than a millionth is not called free.

export type MoneyState = 'priced' | 'little' | 'free' | 'unpriced' | 'none'

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
  if (micro < 0) return `−${dollars(-micro, round)}`
  const n = places(micro)
  const step = 10 ** (6 - n)
  const whole = round === 'down' ? Math.floor(micro / step) : Math.round(micro / step)
  const written = (of: number): string => '$' + (of / 10 ** n).toLocaleString(strings.language, { minimumFractionDigits: n, maximumFractionDigits: n })
  return whole === 0 && micro > 0 ? `< ${written(1)}` : written(whole)
}

const exact = (micro: number): string => `$${(micro / MICRO).toFixed(6)}`

interface Billed {
  outcome: string
  tokens: Tokens | null
  costMicro: number | null
}

/** What is counted is rounded to a millionth of a dollar. So few tokens come to nothing at any price. */
const FEW = 1_000
const LITTLE = `< ${dollars(1)}`

/** wasUsed tells whether there was anything to pay for: an answer, or tokens, or a cost. */
export const wasUsed = (b: Billed): boolean =>
  b.outcome === 'ok' || b.tokens !== null || (b.costMicro ?? 0) > 0

/** answerOf is a row without what its failed attempts used, if no answer began: they stand apart. */
export const answerOf = (row: Billed & { status: number }): Billed =>
  row.status === 200 ? row : { ...row, tokens: null }

const sizeOf = (t: Tokens | null): number => (t === null ? 0 : t.input + t.cacheRead + t.cacheWrite + t.cacheWriteHour + t.output + t.reasoning)

/** costOf is the cost of one request or attempt; without use there is none to speak of. */
export function costOf(of: Billed, used = wasUsed(of)): Cost {
  const micro = of.costMicro
  if (!used) return { state: 'none', text: '–', title: strings.money.nothingUsed }
  if (micro === null) {
    return { state: 'unpriced', text: strings.money.unpriced, title: strings.money.unpricedTitle }
  }
  if (micro === 0) {
    if (sizeOf(of.tokens) < FEW) return { state: 'little', text: LITTLE, title: strings.money.littleTitle }
    return { state: 'free', text: strings.money.free, title: strings.money.freeTitle }
  }
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

/**
 * spendOf is a sum: exact when everything was priced, else a lower bound that says so; null: nothing
 * of it has a known price. `tokens` is how much was used, if that is known.
 */
export function spendOf(micro: number | null, unpriced: number, tokens = 0): Spend {
  if (micro === null) return { amount: unpriced > 0 ? strings.money.unpriced : dollars(0), note: strings.money.unpricedCount(unpriced) }
  if (micro === 0 && unpriced === 0 && tokens > 0 && tokens < FEW) return { amount: LITTLE, note: strings.money.allPriced }
  if (unpriced === 0) return { amount: dollars(micro, 'down'), note: strings.money.allPriced }
  return { amount: `≥ ${dollars(micro, 'down')}`, note: strings.money.unpricedCount(unpriced) }
}
