import { expect, it } from 'vitest'
import { found, lightOf, readTools } from './tools'

const tools = readTools({
  tools: [
    { id: 'codex', name: 'Codex', about: "OpenAI's agent", steps: [{ title: 'Configure', copy: 'a = 1', file: '~/.codex/config.toml' }], seen: { at: '2026-01-01T00:00:00Z', id: 'x', outcome: 'ok' } },
    { id: 'curl', name: 'curl', steps: 7, seen: null },
    { id: 'claude-code', name: 'Claude Code', seen: { id: 'y', outcome: 'failed' } },
    'noise',
  ],
})

it('reads what is there and misses what is not', () => {
  expect(tools.map((t) => t.id)).toEqual(['codex', 'curl', 'claude-code'])
  expect(tools[0]?.steps).toEqual([{ title: 'Configure', text: '', copy: 'a = 1', file: '~/.codex/config.toml' }])
  expect(tools[1]?.steps).toEqual([])
  expect(readTools(null)).toEqual([])
})

it('lights up by how the last request went', () => {
  expect(tools.map(lightOf)).toEqual(['on', 'off', 'bad'])
})

it('finds by words', () => {
  expect(found(tools, 'c').map((t) => t.id)).toEqual(['codex', 'curl', 'claude-code'])
  expect(found(tools, ' code CLAUDE ').map((t) => t.id)).toEqual(['claude-code'])
  expect(found(tools, 'openai')).toHaveLength(1)
  expect(found(tools, 'nothing')).toEqual([])
})
