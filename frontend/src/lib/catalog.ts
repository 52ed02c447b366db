import { fields, isFields, list, number, numberOrNull, text } from './read'
import { readCell, type Cell } from './stats'
import { strings } from './strings'

// The models there are: their endpoints with prices, how good they are held to be, how much they
// are used, and what auto mode made of them.

/** Micro-dollars for a million tokens; null: that one is not known or not charged by itself. */
export interface Price {
  input: number
  output: number
  cacheRead: number | null
  cacheWrite: number | null
  reasoning: number | null
  tiers: number
  source: string
  date: string
}

export interface CatalogEndpoint {
  id: string
  provider: string
  name: string
  enabled: boolean
  /** null: unknown, which is not free. */
  price: Price | null
  context: number
  maxOutput: number
  parameters: string[]
}

export interface Model {
  id: string
  inAuto: boolean
  quality: { permille: number | null; from: string; by: { category: string; permille: number }[] }
  endpoints: CatalogEndpoint[]
  totals: Cell
}

export interface AutoCount {
  category: string
  difficulty: string
  model: string
  requests: number
}

export interface Catalog {
  rev: string
  models: Model[]
  auto: { preference: string; decisions: AutoCount[] }
  unpriced: { endpoint: string; requests: number }[]
}

function readPrice(v: unknown): Price | null {
  if (!isFields(v) || v['known'] === false) return null
  return {
    input: number(v['input']),
    output: number(v['output']),
    cacheRead: numberOrNull(v['cache_read']),
    cacheWrite: numberOrNull(v['cache_write']),
    reasoning: numberOrNull(v['reasoning']),
    tiers: list(v['tiers']).length,
    source: text(v['source']),
    date: text(v['date']),
  }
}

function readEndpoint(v: unknown): CatalogEndpoint {
  const e = fields(v)
  return {
    id: text(e['id']),
    provider: text(e['provider']),
    name: text(e['name']),
    enabled: e['enabled'] !== false,
    price: readPrice(e['price']),
    context: number(e['context']),
    maxOutput: number(e['max_output']),
    parameters: list(e['parameters']).map(text).filter(Boolean),
  }
}

function readModel(v: unknown): Model {
  const m = fields(v)
  const q = fields(m['quality'])
  return {
    id: text(m['id']),
    inAuto: m['in_auto'] === true,
    quality: {
      permille: numberOrNull(q['permille']),
      from: text(q['from']),
      by: list(q['by']).map((b) => ({ category: text(fields(b)['category']), permille: number(fields(b)['permille']) })),
    },
    endpoints: list(m['endpoints']).map(readEndpoint),
    totals: readCell(m['totals']),
  }
}

export function readCatalog(v: unknown): Catalog {
  const c = fields(v)
  const auto = fields(c['auto'])
  return {
    rev: text(c['rev']),
    models: list(c['models']).map(readModel),
    auto: {
      preference: text(auto['preference']),
      decisions: list(auto['decisions']).map((v) => {
        const d = fields(v)
        return { category: text(d['category']), difficulty: text(d['difficulty']), model: text(d['model']), requests: number(d['requests']) }
      }),
    },
    unpriced: list(c['unpriced'])
      .map((v) => ({ endpoint: text(fields(v)['endpoint']), requests: number(fields(v)['requests']) }))
      .sort((a, b) => b.requests - a.requests),
  }
}

/** quoted is a word as YAML takes it, in any case. */
const quoted = (s: string): string => (/^[A-Za-z0-9][\w./-]*$/.test(s) ? s : JSON.stringify(s))

/** pricing is what to write into strowger.yaml so that an endpoint has a price; null: no such endpoint. */
export function pricing(catalog: Catalog, endpoint: string): string | null {
  for (const model of catalog.models) {
    const e = model.endpoints.find((e) => e.id === endpoint)
    if (!e) continue
    return [
      'models:',
      `  ${quoted(model.id)}:`,
      '    endpoints:',
      `      - {provider: ${quoted(e.provider)}, model: ${quoted(e.name)}, price: {input: 0.00, output: 0.00}} # USD for a million tokens`,
    ].join('\n')
  }
  return null
}

/** perMillion is a price as it is written: at least cents. */
export const perMillion = (micro: number): string =>
  '$' + (micro / 1e6).toLocaleString(strings.language, { minimumFractionDigits: 2, maximumFractionDigits: 4 })
