import { fields, isFields, list, number, numberOrNull, text } from './read'
import type { Tokens } from './wire'
import { detailWords as say } from './words/detail'

// What is asked about a decision beside its report: what would have tipped it, whether it comes
// out the same again, and what its tokens cost.

export interface Flip {
  endpoint: string
  text: string
  /** By how much its score is above that of the first, in a unit; null: they are not compared so. */
  margin: number | null
  marginUnit: string
  /** With nothing but this changed it would be the first. */
  first: boolean
}

export function readFlips(v: unknown): Flip[] {
  return list(fields(v)['flips']).map((f) => {
    const o = fields(f)
    return {
      endpoint: text(o['endpoint']),
      text: text(o['text']),
      margin: number(o['margin']) === 0 ? null : number(o['margin']),
      marginUnit: text(o['margin_unit']) || text(o['unit']),
      first: o['first'] !== false,
    }
  })
}

/** One way of making the decision again: equal, not equal, or not possible. */
export interface Again {
  state: 'equal' | 'differs' | 'unknown'
  /** The first difference, or why it could not be made. */
  detail: string
}

export interface Replay {
  native: Again
  wasm: Again
  rev: string
}

const again = (v: unknown, problem: string): Again => {
  if (!isFields(v)) return { state: 'unknown', detail: problem || say.replay.notMade }
  return v['equal'] === true ? { state: 'equal', detail: '' } : { state: 'differs', detail: text(v['difference']) }
}

export function readReplay(v: unknown): Replay {
  const o = fields(v)
  return { native: again(o['native'], text(o['native_problem'])), wasm: again(o['wasm'], text(o['wasm_problem'])), rev: text(o['rev']) }
}

/** verdict is the replay in a word and a sentence. */
export function verdict(r: Replay): { state: Again['state']; text: string } {
  const { native, wasm } = r
  if (native.state === 'differs' || wasm.state === 'differs') return { state: 'differs', text: say.replay.differs }
  if (native.state === 'unknown') return { state: 'unknown', text: say.replay.unknown }
  return { state: 'equal', text: wasm.state === 'equal' ? say.replay.both : say.replay.native }
}

/** Micro-dollars per million tokens. */
export interface Price {
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  cacheWriteHour: number
  reasoning: number
  request: number
  image: number
  /** It depends on how long the input is. */
  tiered: boolean
  source: string
  date: string
}

/** readPrices are the prices of endpoints as they are configured now; unknown ones are missing. */
export function readPrices(catalog: unknown): Map<string, Price> {
  const prices = new Map<string, Price>()
  for (const model of list(fields(catalog)['models'])) {
    for (const endpoint of list(fields(model)['endpoints'])) {
      const e = fields(endpoint)
      const p = e['price']
      if (!isFields(p) || p['known'] === false) continue
      const or = (name: string, otherwise: string) => numberOrNull(p[name]) ?? number(p[otherwise])
      prices.set(text(e['id']), {
        input: number(p['input']), output: number(p['output']), cacheRead: or('cache_read', 'input'), cacheWrite: or('cache_write', 'input'),
        cacheWriteHour: or('cache_write_1h', 'cache_write'), reasoning: or('reasoning', 'output'), request: number(p['request']), image: number(p['image']),
        tiered: list(p['tiers']).length > 0, source: text(p['source']), date: text(p['date']),
      })
    }
  }
  return prices
}

export interface CostPart {
  name: string
  units: number
  /** Micro-dollars per million units. */
  each: number
  micro: number
}

/** partsOf are what tokens cost at a price, part by part. */
export function partsOf(t: Tokens, p: Price): CostPart[] {
  const part = (name: string, units: number, each: number): CostPart => ({ name, units, each, micro: (units * each) / 1e6 })
  const parts = [
    part(say.cost.input, t.input, p.input),
    part(say.cost.cacheRead, t.cacheRead, p.cacheRead),
    part(say.cost.cacheWrite, t.cacheWrite, p.cacheWrite),
    part(say.cost.cacheWriteHour, t.cacheWriteHour, p.cacheWriteHour),
    part(say.cost.output, t.output, p.output),
    part(say.cost.reasoning, t.reasoning, p.reasoning),
    part(say.cost.images, t.images, p.image * 1e6),
    part(say.cost.request, p.request > 0 ? 1 : 0, p.request * 1e6),
  ]
  return parts.filter((x) => x.units > 0)
}

/** Something of the request that the endpoint could not be told. */
export interface Loss {
  code: string
  text: string
}

export interface Told {
  parameters: string[]
  /** What the endpoint that served was not told, or only about. */
  losses: Loss[]
  /** The schema of that endpoint, where it is another than the caller's. */
  schema: string
}

/** toldOf reads a raw report: what the request asked for, and what of it was lost. */
export function toldOf(raw: unknown, endpoint: string): Told {
  const decision = fields(fields(raw)['decision'])
  const candidate = list(decision['candidates']).map(fields).find((c) => c['endpoint'] === endpoint)
  return {
    parameters: list(fields(decision['request'])['parameters']).map(text).filter(Boolean),
    losses: list(candidate?.['losses']).map((l) => ({ code: text(fields(l)['code']), text: text(fields(l)['text']) })),
    schema: text(candidate?.['schema']),
  }
}

/** What was asked and answered, as far as it is kept, and why if it is not. */
export interface Said {
  parts: { name: string; about: string; text: string }[]
  why: string
}

export function readSaid(v: unknown): Said {
  const o = fields(v)
  const parts = [[say.said.request, 'body', 'request'], [say.said.answer, 'answer', 'response']].flatMap(([name = '', body = '', what = '']) => {
    const about = fields(o[what])
    return isFields(o[what]) ? [{ name, about: say.said.about(name, number(about['bytes']), about['kind'] === 'binary', about['cut'] === true), text: text(o[body]) }] : []
  })
  return { parts, why: text(o['why']) }
}
