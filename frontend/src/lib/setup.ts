import type { Api } from './api'
import { fields, list, text } from './read'
import type { Degraded } from './shapes'

// Setting up from nothing: which providers a key is enough for, and where it goes.

export interface Setup {
  /** A model that is served, to begin with; empty: there is none. */
  model: string
  /** Those that a key is enough for; of one that is configured it takes the place of its key. */
  providers: { name: string; configured: boolean }[]
  folder: string
  /** Why no key can be kept; empty: one can. */
  reason: string
}

export function readSetup(v: unknown): Setup {
  const o = fields(v)
  return {
    model: text(o['model']),
    providers: list(o['providers']).map((v) => {
      const p = fields(v)
      return { name: text(p['name']), configured: p['configured'] === true }
    }),
    folder: text(o['folder']),
    reason: text(o['reason']),
  }
}

export const askSetup = async (api: Api, signal?: AbortSignal): Promise<Setup> => readSetup(await api.get('setup', undefined, signal))

/** The providers that most have a key of, in this order, before the others by name. */
const COMMON = ['openai', 'anthropic', 'google', 'openrouter']

/** offered puts the common ones first. */
export function offered<P extends { name: string }>(providers: P[]): P[] {
  const rank = (p: P) => (COMMON.indexOf(p.name) + COMMON.length + 1) % (COMMON.length + 1)
  return [...providers].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

/** The forms that keys of providers have; a longer one comes before what it begins with. */
const FORMS: [string, string][] = [['sk-ant-', 'anthropic'], ['sk-or-', 'openrouter'], ['sk-proj-', 'openai'], ['AIza', 'google'], ['gsk_', 'groq'], ['xai-', 'xai'], ['pplx-', 'perplexity'], ['csk-', 'cerebras']]

/** guessed is the provider that a key tells by its form; empty if it does not. */
export const guessed = (key: string): string => FORMS.find(([form]) => key.trim().startsWith(form))?.[1] ?? ''

/** unset reports whether nothing can be served for lack of a provider. */
export const unset = (degraded: Degraded[] | undefined): boolean => (degraded ?? []).some((d) => d.kind === 'setup')
