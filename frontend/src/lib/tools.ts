// The programs that can be pointed here, and whether each has been heard of since the start.

import { fields, isFields, list, text } from './read'

export interface Step {
  title: string
  text: string
  /** What to copy; empty: there is nothing. */
  copy: string
  /** Where it belongs; empty: a terminal, or the program itself. */
  file: string
}

export interface Tool {
  id: string
  name: string
  about: string
  steps: Step[]
  seen: { at: string; id: string; outcome: string; model: string } | null
}

export function readTools(v: unknown): Tool[] {
  return list(fields(v)['tools']).filter(isFields).map((t) => {
    const seen = t['seen']
    return {
      id: text(t['id']),
      name: text(t['name']),
      about: text(t['about']),
      steps: list(t['steps']).filter(isFields).map((s) => ({
        title: text(s['title']),
        text: text(s['text']),
        copy: text(s['copy']),
        file: text(s['file']),
      })),
      seen: isFields(seen)
        ? { at: text(seen['at']), id: text(seen['id']), outcome: text(seen['outcome']), model: text(seen['model']) }
        : null,
    }
  })
}

/** How the last request of a tool went: not heard of, answered, or not. */
export type Light = 'off' | 'on' | 'bad'

export function lightOf(tool: Tool): Light {
  if (tool.seen === null) return 'off'
  return tool.seen.outcome === 'ok' || tool.seen.outcome === '' ? 'on' : 'bad'
}

/** Those that match every word that is looked for, in their order. */
export function found(tools: Tool[], query: string): Tool[] {
  const words = query.toLowerCase().split(/\s+/).filter((w) => w !== '')
  return tools.filter((t) => words.every((w) => `${t.id} ${t.name} ${t.about}`.toLowerCase().includes(w)))
}
