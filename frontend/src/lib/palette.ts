import { beginsAnId } from './query'
import { RANGES } from './range'
import { fields, list, text } from './read'
import { strings } from './strings'
import { THEMES, type Theme } from './theme'
import { SCREENS, type Screen } from './view'
import type { Row } from './wire'
import { paletteWords as say } from './words/palette'

// The commands of the palette, and which of them fit what was typed.

export type Action =
  | { do: 'screen'; screen: Screen; params?: Record<string, string> }
  | { do: 'range'; range: string }
  | { do: 'theme'; theme: Theme }
  | { do: 'open'; id: string }
  | { do: 'pause' | 'address' | 'link' | 'keys' }

export interface Command {
  id: string
  text: string
  /** Of what kind it is, in a word. */
  kind: string
  /** The keys that do the same, if any. */
  keys: string
  action: Action
}

const of = (id: string, text: string, kind: string, action: Action, keys = ''): Command => ({ id, text, kind, keys, action })
const find = (q: string): Action => ({ do: 'screen', screen: 'requests', params: { q } })

/** placesOf are the providers, models and routes of a configuration, and where each is shown. */
export function placesOf(config: unknown): Command[] {
  const outline = fields(fields(config)['outline'])
  const named = (name: string): string[] => list(outline[name]).map((v) => text(v) || text(fields(v)['path'])).filter(Boolean)
  return [
    ...named('providers').map((p) => of(`provider ${p}`, p, say.kinds.provider, { do: 'screen', screen: 'providers', params: { p } })),
    ...named('models').map((m) => of(`model ${m}`, m, say.kinds.model, find(`model:${m}`))),
    ...named('routes').map((route) => of(`route ${route}`, route, say.kinds.route, { do: 'screen', screen: 'policy', params: { route } })),
  ]
}

/** commands are all there are, as things stand. */
export function commands(paused: boolean): Command[] {
  return [
    ...SCREENS.map((s) => of(s.id, strings.nav[s.id], say.kinds.screen, { do: 'screen', screen: s.id }, `g ${s.key}`)),
    of('pause', paused ? say.resume : say.pause, say.kinds.action, { do: 'pause' }, '.'),
    of('address', say.copyAddress, say.kinds.action, { do: 'address' }),
    of('link', say.copyLink, say.kinds.action, { do: 'link' }),
    of('failed', say.failed, say.kinds.search, find('outcome:failed')),
    of('saved', say.saved, say.kinds.search, find('outcome:fallback')),
    of('unpriced', say.unpriced, say.kinds.search, find('cost:unpriced')),
    ...RANGES.map((range) => of(`range-${range}`, say.range(range), say.kinds.range, { do: 'range', range })),
    ...THEMES.map((theme) => of(`theme-${theme}`, say.themes[theme], say.kinds.action, { do: 'theme', theme })),
    of('keys', say.keys, say.kinds.action, { do: 'keys' }, '?'),
  ]
}

/** A whole ID is as long as this; what is shorter is how one begins. */
const WHOLE = 32
const OFFERED = 5

/** How well a text fits: 0 begins with it, 1 a word does, 2 holds its letters in order, null: not. */
function fit(text: string, query: string): number | null {
  const has = text.toLowerCase()
  if (has.startsWith(query)) return 0
  if (has.split(/[^a-z0-9]+/).some((word) => word.startsWith(query)) || has.includes(` ${query}`)) return 1
  let at = -1
  for (const letter of query.replaceAll(' ', '')) {
    at = has.indexOf(letter, at + 1)
    if (at < 0) return null
  }
  return 2
}

/** decisionsOf are those that an ID, or how one begins, may mean: among the rows, and the record. */
function decisionsOf(rows: readonly Row[], written: string): Command[] {
  if (!beginsAnId(written)) return []
  const open = (id: string, about = ''): Command => of(`open ${id}`, say.open(id, about), say.kinds.decision, { do: 'open', id })
  if (written.replaceAll('-', '').length >= WHOLE) return [open(written)]
  return rows.filter((row) => row.id.startsWith(written.toLowerCase())).slice(0, OFFERED).map((row) => open(row.id, row.asked))
}

/**
 * fitting are the commands for what was typed, best first; a text can always be looked for, and that
 * comes before what only has its letters somewhere.
 */
export function fitting(all: Command[], typed: string, rows: readonly Row[] = []): Command[] {
  const written = typed.trim()
  const query = written.toLowerCase()
  if (query === '') return all
  const ranked = all
    .map((command, i) => ({ command, i, rank: fit(command.text, query) }))
    .filter((c) => c.rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || a.i - b.i)
  const upTo = (least: number, most: number) => ranked.filter((c) => (c.rank ?? 0) >= least && (c.rank ?? 0) <= most).map((c) => c.command)
  return [...decisionsOf(rows, written), ...upTo(0, 1), of('search', say.search(written), say.kinds.search, find(written)), ...upTo(2, 2)]
}
