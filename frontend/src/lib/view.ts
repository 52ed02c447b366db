// The URL hash is the whole view state: `#/requests?id=…&q=…`. Reading never throws.

/** The screens, in the order of the navigation; `g` and the key lead to each. */
export const SCREENS = [
  { id: 'overview', key: 'o' },
  { id: 'requests', key: 'r' },
  { id: 'fallbacks', key: 'f' },
  { id: 'providers', key: 'p' },
  { id: 'models', key: 'm' },
  { id: 'costs', key: 'c' },
  { id: 'whatif', key: 'w' },
  { id: 'policy', key: 'y' },
  { id: 'tools', key: 't' },
  { id: 'settings', key: 's' },
] as const

export type Screen = (typeof SCREENS)[number]['id']

/** What is shown: a screen, and what it is given; empty values are left out. */
export interface View {
  screen: Screen
  params: Readonly<Record<string, string>>
}

const isScreen = (name: string): name is Screen => SCREENS.some((s) => s.id === name)

/** A plain address is the overview; one that names a decision alone, or `#/requests/ID`, is that decision. */
export function readView(hash: string): View {
  const text = hash.replace(/^#\/?/, '')
  const at = text.indexOf('?')
  const named = at >= 0 ? text.slice(0, at) : text
  const slash = named.indexOf('/')
  const first = slash < 0 ? named : named.slice(0, slash)
  const screen = isScreen(first) ? first : null
  const query = screen === null ? (at >= 0 ? text.slice(at + 1) : text) : at >= 0 ? text.slice(at + 1) : ''
  const params: Record<string, string> = {}
  if (screen === 'requests' && slash >= 0 && slash < named.length - 1) params['id'] = named.slice(slash + 1)
  for (const [name, value] of new URLSearchParams(query)) if (value !== '' && name !== '') params[name] = value
  if (screen !== null) return { screen, params }
  const { id, q } = params
  if (!id && !q) return { screen: 'overview', params: {} }
  return { screen: 'requests', params: { ...(id ? { id } : {}), ...(q ? { q } : {}) } }
}

export function writeView(view: View): string {
  const query = new URLSearchParams()
  for (const name of Object.keys(view.params).sort()) {
    const value = view.params[name]
    if (value) query.set(name, value)
  }
  const text = query.toString()
  return `#/${view.screen}${text === '' ? '' : `?${text}`}`
}
