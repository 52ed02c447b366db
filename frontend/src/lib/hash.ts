// The URL hash is the whole view state: `#id=…&q=…`. Reading never throws.

export interface View {
  id: string
  query: string
}

export function readHash(hash: string): View {
  const params = new URLSearchParams(hash.replace(/^#/, ''))
  return { id: params.get('id') ?? '', query: params.get('q') ?? '' }
}

export function writeHash(view: View): string {
  const params = new URLSearchParams()
  if (view.id) params.set('id', view.id)
  if (view.query) params.set('q', view.query)
  const text = params.toString()
  return text ? `#${text}` : ''
}
