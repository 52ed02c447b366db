// The words of the commands.

export const paletteWords = {
  title: 'Commands',
  hint: 'A screen, provider, model, route, an action, or a decision’s ID',
  list: 'Commands that fit',
  kinds: { screen: 'screen', action: 'action', range: 'time range', provider: 'provider', model: 'model', route: 'route', decision: 'decision', search: 'requests' },
  open: (id: string, about: string) => `Open decision ${id}${about ? ` (${about})` : ''}`,
  search: (text: string) => `Find “${text}” among the requests`,
  range: (range: string) => `Show the last ${range}`,
  pause: 'Pause what arrives live',
  resume: 'Resume what arrives live',
  copyAddress: 'Copy the proxy address',
  copyLink: 'Copy a link to this view',
  keys: 'Show all keys',
  themes: { system: 'Colours as the system says', light: 'Light colours', dark: 'Dark colours' },
  unpriced: 'Requests without a price',
  failed: 'Requests that failed',
  saved: 'Requests that a fallback saved',
}
