import { expect, it } from 'vitest'
import { readCatalog } from './catalog'
import { readBudgets } from './costs'
import { readFlips, readPrices, readReplay } from './explain'
import { readFallbacks } from './fallbacks'
import { readAttention } from './overview'
import { readConfig, readHunks, readOutline, readProblems } from './policy'
import { readProbe, readProviders } from './providers'
import { fields } from './read'
import { readPreview, readSettings } from './settings'
import { readStats } from './stats'
import { readTools } from './tools'
import { readAnswer, readImpact } from './whatif'
import { readFlights, readLearning, readReport, readRowPage, readStatus } from './wire'

// The answers of a real server, as desktop/app writes them, read by the page's own readers. Readers are
// tolerant: a field that is called otherwise would come out empty and nobody would know. Here it is
// known, as no reader may ask for a field that no answer has.

const answers = import.meta.glob<unknown>('../../testdata/api/*.json', { eager: true, import: 'default' })
const answer = (name: string): unknown => answers[`../../testdata/api/${name}.json`]

/** Fields by `object.field` that the server leaves out where there is nothing to say. */
const OPTIONAL = new Set(['tokens.cache_write_1h', 'tokens.images', 'rows.resumed', '.resumed', 'attempts.retry', 'attempts.resumes', 'auto.unread', '.creates', '.auto', 'decision.auto', 'before.auto', 'models.quality_parts'])

/** watched is a document that notes which fields were asked for, and which of them some object of its name has. */
function watched(v: unknown, asked: Map<string, boolean>, name = ''): unknown {
  if (typeof v !== 'object' || v === null) return v
  const isList = Array.isArray(v)
  return new Proxy(v, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (typeof key === 'symbol' || (isList && !/^\d+$/.test(key))) return value
      if (isList) return watched(value, asked, name)
      const field = `${name}.${key}`
      asked.set(field, (asked.get(field) ?? false) || key in of)
      return watched(value, asked, key)
    },
  })
}

const readers: Record<string, (v: unknown) => unknown> = {
  status: readStatus, decisions: readRowPage, decision: readReport, inflight: readFlights, stats: readStats, fallbacks: readFallbacks,
  providers: readProviders, catalog: (v) => [readCatalog(v), readPrices(v)], budgets: readBudgets, attention: readAttention, auto: readLearning,
  config: readConfig, check: (v) => [readProblems(fields(v)['problems']), readOutline(fields(v)['outline'])], diff: readHunks, settings: readSettings,
  purge: readPreview, tools: readTools, explain: (v) => readReport({ decision: v }),
  whatif: readAnswer, flips: readFlips, replay: readReplay, probe: readProbe, impact: (v) => readImpact(fields(v)['result']),
}

const names = Object.keys(answers).map((path) => path.replace(/.*\/|\.json$/g, ''))
/** The answers to one question: `explain`, and `explain-auto`. */
const answersTo = (name: string): unknown[] => names.filter((n) => n === name || n.startsWith(`${name}-`)).map(answer)

it('has a reader for every answer, and an answer for every reader', () => {
  expect([...new Set(names.map((n) => n.replace(/-.*/, '')))].sort()).toEqual(Object.keys(readers).sort())
})

it.each(Object.keys(readers))('asks of %s for nothing that is not sent', (name) => {
  const asked = new Map<string, boolean>()
  for (const v of answersTo(name)) readers[name]?.(watched(v, asked))
  expect(asked.size).toBeGreaterThan(0)
  expect([...asked].filter(([field, there]) => !there && !OPTIONAL.has(field)).map(([field]) => field)).toEqual([])
})
