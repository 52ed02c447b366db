import { expect, it } from 'vitest'
import { guessed, offered, readSetup, unset } from './setup'

it('reads what is missing, and of anything else that nothing is', () => {
  const setup = readSetup({ model: 'a/b', folder: '/f', reason: '', providers: [{ name: 'zai', configured: true }, { name: 'openai' }] })
  expect(setup).toEqual({ model: 'a/b', folder: '/f', reason: '', providers: [{ name: 'zai', configured: true }, { name: 'openai', configured: false }] })
  expect(offered(setup.providers).map((p) => p.name)).toEqual(['openai', 'zai'])
  expect(readSetup(null)).toEqual({ model: '', folder: '', reason: '', providers: [] })
})

it('puts the common providers first, the others by name', () => {
  expect(offered(['zai', 'openrouter', 'groq', 'anthropic', 'openai'].map((name) => ({ name }))).map((p) => p.name)).toEqual(['openai', 'anthropic', 'openrouter', 'groq', 'zai'])
})

it('knows providers by the form of their keys', () => {
  expect(['sk-ant-api03-x', ' AIzaSy', 'sk-or-v1-x', 'sk-proj-x', 'sk-x', ''].map(guessed)).toEqual(['anthropic', 'google', 'openrouter', 'openai', '', ''])
})

it('tells that there is no provider from other troubles', () => {
  expect([undefined, [], [{ kind: 'key', text: '' }], [{ kind: 'setup', text: '' }]].map(unset)).toEqual([false, false, false, true])
})
