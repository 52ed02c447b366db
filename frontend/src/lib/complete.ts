import { FIELDS } from './query'
import type { Row } from './wire'

// What may stand where the filter is being typed.

export interface Option {
  /** What it puts in place of the word that is typed. */
  text: string
  hint: string
}

export interface Completion {
  from: number
  to: number
  options: Option[]
}

/** So many rows are looked through for values, and so many values that were seen are offered. */
const LOOKED_AT = 2_000
const OFFERED = 8

const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value)

/** complete offers fields, or behind a colon the field's values, those seen in rows most first. */
export function complete(text: string, caret: number, rows: readonly Row[]): Completion {
  const from = text.slice(0, caret).search(/\S*$/)
  const to = caret + (/^\S*/.exec(text.slice(caret))?.[0].length ?? 0)
  const word = text.slice(from, to)
  const not = word.startsWith('-') ? '-' : ''
  const body = word.slice(not.length)
  const colon = body.indexOf(':')
  const options = colon < 0 ? fieldsLike(body.toLowerCase(), not) : valuesLike(body.slice(0, colon).toLowerCase(), body.slice(colon + 1).toLowerCase(), not, rows)
  return { from, to, options }
}

function fieldsLike(start: string, not: string): Option[] {
  if (start === '') return []
  const names = Object.keys(FIELDS).filter((name) => name.startsWith(start))
  return names.map((name) => ({ text: `${not}${name}:`, hint: FIELDS[name]?.hint ?? '' }))
}

function valuesLike(name: string, start: string, not: string, rows: readonly Row[]): Option[] {
  const field = FIELDS[name]
  if (!field) return []
  const seen = new Map<string, number>()
  for (const row of rows.slice(0, LOOKED_AT)) for (const v of field.of?.(row) ?? []) if (v !== '') seen.set(v, (seen.get(v) ?? 0) + 1)
  const often = [...seen].sort((a, b) => b[1] - a[1])
  const values = new Map(often.map(([value, n]) => [value, `${n}×`]))
  for (const value of field.values ?? []) if (!values.has(value)) values.set(value, '')
  const fitting = [...values].filter(([value]) => value.toLowerCase().includes(start) && value.toLowerCase() !== start)
  return fitting.slice(0, Math.max(OFFERED, field.values?.length ?? 0)).map(([value, hint]) => ({ text: `${not}${name}:${quoted(value)}`, hint }))
}

const KEY = 'strowger.filters'
const REMEMBERED = 10

/** earlier are the filters used before, the last one first. */
export function earlier(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((q) => typeof q === 'string').slice(0, REMEMBERED) : []
  } catch {
    return []
  }
}

/** remember keeps a filter as the last one used. */
export function remember(query: string): void {
  const text = query.trim()
  if (text.length < 2) return
  try {
    localStorage.setItem(KEY, JSON.stringify([text, ...earlier().filter((q) => q !== text)].slice(0, REMEMBERED)))
  } catch {
    // A browser that keeps nothing has no history.
  }
}
