// Which key means what. Keys typed into a field belong to the field, and Enter or Space on a
// control belongs to the control.

import { SCREENS, type Screen } from './view'

export type Command = 'next' | 'previous' | 'open' | 'close' | 'before' | 'after'

export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** Tag name of what has the focus, in lower case, and its role. */
  tag: string
  role: string
}

/** pressOf is a key event as it is looked at here. */
export function pressOf(e: KeyboardEvent): Press {
  const at = e.target instanceof Element ? e.target : document.body
  return {
    key: e.key,
    ctrlKey: e.ctrlKey,
    metaKey: e.metaKey,
    altKey: e.altKey,
    tag: at.tagName.toLowerCase(),
    role: at.getAttribute('role') ?? '',
  }
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
    case '[':
      return 'before'
    case ']':
      return 'after'
    default:
      return null
  }
}

/** What is for the whole page, whatever the screen. */
export type Global = 'palette' | 'help' | 'pause' | 'filter'

export function globalOf(p: Press): Global | null {
  if ((p.ctrlKey || p.metaKey) && !p.altKey && p.key.toLowerCase() === 'k') return 'palette'
  if (p.ctrlKey || p.metaKey || p.altKey || FIELDS.has(p.tag)) return null
  const keys: Record<string, Global> = { '?': 'help', '.': 'pause', '/': 'filter' }
  return keys[p.key] ?? null
}

/** So long after `g` the next key names a screen. */
const CHORD_MS = 1_500

/** Chord reads `g` and the key of a screen behind it. */
export class Chord {
  private at = -Infinity

  /** The screen that is meant, or whether the key was the beginning of such a chord. */
  press(p: Press, now: number): Screen | boolean {
    if (p.ctrlKey || p.metaKey || p.altKey || FIELDS.has(p.tag)) return false
    const began = now - this.at < CHORD_MS
    this.at = -Infinity
    if (began) return SCREENS.find((s) => s.key === p.key)?.id ?? false
    if (p.key !== 'g') return false
    this.at = now
    return true
  }
}
