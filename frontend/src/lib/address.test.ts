import { expect, it } from 'vitest'
import { chatModel, firstRequest, linkTo, proxyAddress, shellQuote } from './address'

const page = { protocol: 'http:', host: 'box:8787' }
const inWindow = { protocol: 'wails:', host: 'wails' }

it('is the listener where that can be dialled', () => {
  expect(proxyAddress('127.0.0.1:8787', page)).toBe('http://127.0.0.1:8787')
  expect(proxyAddress('[::1]:9000', page)).toBe('http://[::1]:9000')
})

it('is the way the page came for a listener on every address', () => {
  expect(proxyAddress('0.0.0.0:8787', page)).toBe('http://box:8787')
  expect(proxyAddress(':8787', inWindow)).toBe('http://127.0.0.1:8787')
  expect(proxyAddress('[::]:9000', page)).toBe('http://127.0.0.1:9000')
})

it('never shows the address of the window itself', () => {
  expect(proxyAddress('', inWindow)).toBe('')
  expect(proxyAddress('', page)).toBe('http://box:8787')
})

it('writes a command that survives quotes', () => {
  expect(shellQuote("it's")).toBe(`'it'\\''s'`)
  expect(firstRequest('http://127.0.0.1:8787', 'auto')).toContain(
    `-d '{"model":"auto","messages":[{"role":"user","content":"Say hello."}]}'`,
  )
})

it('names a model one can chat with', () => {
  expect(chatModel(['openai/text-embedding-3-small', 'openai/gpt-4o'])).toBe('openai/gpt-4o')
  expect(chatModel([])).toBeUndefined()
})

it('links to what a browser can open', () => {
  const view = { protocol: 'wails:', hostname: 'wails', origin: 'null', pathname: '/_/', search: '' }
  expect(linkTo('http://127.0.0.1:8787', view, '#id=1')).toBe('http://127.0.0.1:8787/_/#id=1')
  const browser = { protocol: 'https:', hostname: 'box', origin: 'https://box', pathname: '/p/_/', search: '' }
  expect(linkTo('http://127.0.0.1:8787', browser, '#id=1')).toBe('https://box/p/_/#id=1')
})
