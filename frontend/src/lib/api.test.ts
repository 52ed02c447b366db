import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Api, asFailure, Failure } from './api'

const answering = (body: string, status = 200) =>
  vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, { status })))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('Api', () => {
  it('asks by relative addresses', async () => {
    const fetch = answering('{"rows":[{"seq":3}],"next":3}')
    const api = new Api('api/', fetch)
    expect(await api.page(9, 100)).toMatchObject({ rows: [{ seq: 3 }], next: 3 })
    await api.newer(12)
    await api.report('a/b')
    await api.status()
    await api.models()
    expect(fetch.mock.calls.map((c) => c[0])).toEqual([
      'api/decisions?limit=100&before=9',
      'api/decisions?after=12&wait=1',
      'api/decisions/a%2Fb',
      'api/status',
      'api/../../v1/models',
    ])
  })

  it('says how an answer was', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response(null, { status: 204 })))
    await new Api('api/', fetch).feedback('d"1', false)
    const [address, init] = fetch.mock.calls[0] ?? []
    expect(address).toBe('api/feedback')
    expect(init).toMatchObject({ method: 'POST', body: '{"decision":"d\\"1","good":false}' })
    const refusing = new Api('api/', answering('{"error":{"code":"conflict","message":"off"}}', 409))
    const failure = await refusing.feedback('d1', true).catch((e: unknown) => e)
    expect(failure).toMatchObject({ message: 'off', code: 'conflict', status: 409, method: 'POST' })
    expect((failure as Failure).text).toContain('request: POST api/feedback')
  })

  it('keeps the server’s own message and code', async () => {
    const api = new Api('api/', answering('{"error":{"code":"not_found","message":"no decision \\"x\\""}}', 404))
    await expect(api.report('x')).rejects.toMatchObject({
      message: 'no decision "x"',
      code: 'not_found',
      status: 404,
    })
  })

  it('has words for answers without one', async () => {
    const html = new Api('api/', answering('<html>Bad gateway</html>', 502))
    await expect(html.status()).rejects.toMatchObject({ code: 'http_502', status: 502 })
    const junk = new Api('api/', answering('hello'))
    await expect(junk.status()).rejects.toMatchObject({ code: 'not_json' })
  })

  it('tells unreachable from slow', async () => {
    const down = new Api('api/', () => Promise.reject(new TypeError('failed to fetch')))
    await expect(down.status()).rejects.toMatchObject({ code: 'unreachable' })

    const hangs: typeof fetch = (_url, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      })
    const waiting = expect(new Api('api/', hangs).status()).rejects.toMatchObject({ code: 'timeout' })
    await vi.advanceTimersByTimeAsync(10_001)
    await waiting
  })

  it('does not dress up an abort of our own', async () => {
    const own = new AbortController()
    own.abort()
    const api = new Api('api/', () => Promise.reject(new DOMException('', 'AbortError')))
    await expect(api.status(own.signal)).rejects.toBeInstanceOf(DOMException)
  })
})

it('a failure can be pasted whole', () => {
  const f = new Failure('the proxy did not answer', 'unreachable', 'api/status')
  expect(f.text).toBe('the proxy did not answer\ncode: unreachable\nrequest: GET api/status')
  expect(asFailure(f)).toBe(f)
  expect(asFailure('odd', 'p')).toMatchObject({ message: 'odd', code: 'unexpected', path: 'p' })
})
