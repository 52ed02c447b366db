import { spendOf, type Spend } from './money'
import { fields, list, number, numberOrNull, text } from './read'
import type { By, Cell, Group, Stats } from './stats'

// What was spent, on what, and how near the limits are.

export const CUTS = ['provider', 'model', 'key', 'route', 'day'] as const satisfies By[]
export type Cut = (typeof CUTS)[number]

export const cutOf = (text: string | undefined): Cut => CUTS.find((c) => c === text) ?? 'provider'

/** What was paid in all: for answers and for attempts that failed. */
export const paid = (c: Cell): number => (c.costMicro ?? 0) + c.failedCostMicro

/** spentOf is the same as it is shown: a bound, or unpriced, where prices are not known. */
export const spentOf = (c: Cell): Spend => spendOf(c.costMicro === null && c.failedCostMicro === 0 ? null : paid(c), c.unpriced, c.input + c.output)

/** Colours in the order of the groups. */
const TOKENS = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6', '--series-7']

export interface Stack {
  name: string
  token: string
  /** The sum of what is left when the largest have a colour each. */
  rest: boolean
  totals: Cell[]
  /** Micro-dollars by step. */
  values: number[]
}

/** stacksOf gives the groups that cost most a colour each, and one to all the others. */
export function stacksOf(groups: Group[], steps: number): Stack[] {
  const costly = [...groups].sort((a, b) => paid(b.totals) - paid(a.totals)).filter((g) => paid(g.totals) > 0)
  const own = costly.length > TOKENS.length ? costly.slice(0, TOKENS.length - 1) : costly
  const rest = costly.slice(own.length)
  const valuesOf = (of: Group[]) => Array.from({ length: steps }, (_, i) => of.reduce((n, g) => n + (g.points[i] ? paid(g.points[i]) : 0), 0))
  const stacks = own.map((g, i): Stack => ({ name: g.name, token: TOKENS[i] as string, rest: false, totals: [g.totals], values: valuesOf([g]) }))
  if (rest.length > 0) stacks.push({ name: '', token: '--series-8', rest: true, totals: rest.map((g) => g.totals), values: valuesOf(rest) })
  return stacks
}

/** Groups in the order of what they cost; days in their own. */
export function rowsOf(stats: Stats, cut: Cut): Group[] {
  if (cut === 'day') return [...stats.groups].sort((a, b) => b.name.localeCompare(a.name))
  return [...stats.groups].sort((a, b) => paid(b.totals) - paid(a.totals) || b.totals.requests - a.totals.requests)
}

export interface Budget {
  /** Empty: everything; else such as `key:nightly`. */
  account: string
  per: string
  limitMicro: number
  spentMicro: number
  reservedMicro: number
  leftMicro: number
  /** Milliseconds since 1970. */
  since: number
  reset: number
  /** What will have been spent at the reset, if it goes on like this; null: too early to say. */
  forecastMicro: number | null
  /** When the limit is reached then; null: not before the reset. */
  reaches: number | null
  effect: string
  /** How near the limit is: room, near or reached. */
  state: string
  /** Requests that it has refused. */
  refused: number
  /** How it stands, in a sentence without its name. */
  text: string
}

const timeOrNull = (v: unknown): number | null => {
  const ms = Date.parse(text(v))
  return Number.isNaN(ms) ? null : ms
}

export function readBudgets(v: unknown): Budget[] {
  const all = list(fields(v)['budgets']).map((v) => {
    const b = fields(v)
    const [account, per, says] = [text(b['account']), text(b['per']), text(b['text'])]
    const name = `${account} per ${per}: `
    return {
      account,
      per,
      limitMicro: number(b['limit_micro']),
      spentMicro: number(b['spent_micro']),
      reservedMicro: number(b['reserved_micro']),
      leftMicro: number(b['left_micro']),
      since: timeOrNull(b['since']) ?? 0,
      reset: timeOrNull(b['reset']) ?? 0,
      forecastMicro: numberOrNull(b['forecast_micro']),
      reaches: timeOrNull(b['reaches']),
      effect: text(b['effect']),
      state: text(b['state']),
      refused: number(b['refused']),
      text: says.startsWith(name) ? says.slice(name.length) : says,
    }
  })
  return all.sort((a, b) => usedOf(b) - usedOf(a))
}

/** usedOf is the used share of a limit, in permille; what is reserved counts. */
export const usedOf = (b: Budget): number =>
  b.limitMicro <= 0 ? 1_000 : Math.round(((b.spentMicro + b.reservedMicro) / b.limitMicro) * 1_000)

export type Nearness = 'reached' | 'near' | 'ahead' | 'fine'

/** nearnessOf tells a limit that is reached, nearly so, one that will be, and one that will not. */
export function nearnessOf(b: Budget): Nearness {
  if (b.state === 'reached' || b.state === 'near') return b.state
  return b.reaches !== null ? 'ahead' : 'fine'
}
