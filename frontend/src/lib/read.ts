// Small tolerant readers of JSON: whatever is missing or of another type becomes its empty value, so
// that an older or newer server never blanks the page.

export type Fields = Record<string, unknown>

export const isFields = (v: unknown): v is Fields =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
export const fields = (v: unknown): Fields => (isFields(v) ? v : {})
export const finite = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v)
export const number = (v: unknown): number => (finite(v) ? v : 0)
export const numberOrNull = (v: unknown): number | null => (finite(v) ? v : null)
export const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : [])
/** Text of a string or a number: seeds and revisions may come as either. */
export const text = (v: unknown): string => (typeof v === 'string' ? v : finite(v) ? String(v) : '')
