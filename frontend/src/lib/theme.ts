// Light, dark, or what the system says: `data-theme` at the root, kept by the browser.

export type Theme = 'system' | 'light' | 'dark'

export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

const KEY = 'strowger.theme'

/** What is told to whoever draws with colours of its own, such as a canvas. */
export const THEME_CHANGED = 'themechange'

const isTheme = (v: unknown): v is Theme => THEMES.some((t) => t === v)

/** theme is what was chosen; a browser that keeps nothing has the system's. */
export function theme(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return isTheme(kept) ? kept : 'system'
  } catch {
    return 'system'
  }
}

/** setTheme shows and keeps it. */
export function setTheme(to: Theme): void {
  try {
    if (to === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, to)
  } catch {
    // It holds until the page is closed.
  }
  show(to)
}

/** applyTheme shows what was chosen before; where the page begins. */
export function applyTheme(): void {
  show(theme())
}

function show(to: Theme): void {
  if (to === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = to
  window.dispatchEvent(new Event(THEME_CHANGED))
}

/** onTheme calls back whenever colours change, by choice or with the system; the result ends it. */
export function onTheme(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  system.addEventListener('change', changed)
  window.addEventListener(THEME_CHANGED, changed)
  return () => {
    system.removeEventListener('change', changed)
    window.removeEventListener(THEME_CHANGED, changed)
  }
}
