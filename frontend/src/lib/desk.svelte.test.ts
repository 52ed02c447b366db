import { expect, it } from 'vitest'
import type { Api } from './api'
import { Desk, type Address } from './desk.svelte'

function desk(at = ''): { desk: Desk; visited: string[] } {
  const visited = [at]
  const address: Address = {
    hash: () => visited[visited.length - 1] as string,
    push: (hash) => visited.push(hash),
    replace: (hash) => (visited[visited.length - 1] = hash),
  }
  return { desk: new Desk({} as Api, address), visited }
}

it('goes to screens with what they share, so that one can go back', () => {
  const { desk: d, visited } = desk('#/costs?by=model&range=24h')
  d.go('providers', { p: 'azure' })
  expect(d.view).toEqual({ screen: 'providers', params: { p: 'azure', range: '24h' } })
  expect(visited).toHaveLength(2)
  d.go('providers', { p: 'azure' })
  expect(visited).toHaveLength(2)
  visited.pop()
  d.follow()
  expect(d.params['by']).toBe('model')
})

it('changes the view in place', () => {
  const { desk: d, visited } = desk('#/costs?by=model')
  d.set({ by: '', range: '7d' })
  expect(visited).toEqual(['#/costs?range=7d'])
  expect(d.range.to - d.range.from).toBe(7 * 86_400_000)
})

it('has a range that moves a minute at a time', () => {
  const { desk: d } = desk()
  d.live.tick(Date.UTC(2026, 0, 1, 0, 0, 10))
  const { to } = d.range
  d.live.tick(Date.UTC(2026, 0, 1, 0, 0, 50))
  expect(d.range.to).toBe(to)
  d.live.tick(Date.UTC(2026, 0, 1, 0, 1, 10))
  expect(d.range.to).toBe(to + 60_000)
})
