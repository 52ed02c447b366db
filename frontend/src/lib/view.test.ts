import { expect, it } from 'vitest'
import { readView, SCREENS, writeView, type View } from './view'

it('comes back as it went', () => {
  const views: View[] = [
    { screen: 'overview', params: {} },
    { screen: 'requests', params: { id: '0198-a' } },
    { screen: 'requests', params: { q: 'a b&c=d #✕' } },
    { screen: 'costs', params: { by: 'model', from: '-24h' } },
    { screen: 'requests', params: { id: '0198-a', q: '100% -x' } },
  ]
  for (const view of views) expect(readView(writeView(view))).toEqual(view)
})

it('is the overview for the plain page and tolerant of noise', () => {
  for (const hash of ['', '#', '#/', '#x=1', '#/nowhere', '#/nowhere?x=1', '#%E0%A4%A']) {
    expect(readView(hash), hash).toEqual({ screen: 'overview', params: {} })
  }
  expect(readView('#/costs?by=&x=1')).toEqual({ screen: 'costs', params: { x: '1' } })
})

it('takes an address that names a decision alone', () => {
  expect(readView('#id=0198-a&q=b')).toEqual({ screen: 'requests', params: { id: '0198-a', q: 'b' } })
  expect(readView('#/requests/0198-a?q=b')).toEqual({ screen: 'requests', params: { id: '0198-a', q: 'b' } })
  expect(readView('#/requests/')).toEqual({ screen: 'requests', params: {} })
})

it('gives each screen a key of its own', () => {
  expect(new Set(SCREENS.map((s) => s.key)).size).toBe(SCREENS.length)
})
