// Which key means what. Keys typed into a field belong to the field, and Enter or Space on a
// control belongs to the control.

export type Command = 'next' | 'previous' | 'open' | 'close' | 'pause' | 'filter'

export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** Tag name of what has the focus, in lower case, and its role. */
  tag: string
  role: string
}

const FIELDS = new Set(['input', 'textarea', 'select'])
const CONTROLS = new Set(['button', 'a', 'summary'])

export function commandOf(p: Press): Command | null {
  if (p.ctrlKey || p.metaKey || p.altKey) return null
  if (FIELDS.has(p.tag)) return null
  switch (p.key) {
    case 'j':
      return 'next'
    case 'k':
      return 'previous'
    case 'ArrowDown':
      return p.role === 'row' ? 'next' : null
    case 'ArrowUp':
      return p.role === 'row' ? 'previous' : null
    case 'Enter':
      return CONTROLS.has(p.tag) ? null : 'open'
    case 'Escape':
      return 'close'
    case '.':
      return 'pause'
    case '/':
      return 'filter'
    default:
      return null
  }
}
