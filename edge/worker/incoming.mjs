// Requests and answers of node:http as those of fetch.

import { once } from 'node:events'
import { Readable } from 'node:stream'

const BODILESS = ['GET', 'HEAD', 'TRACE']

/**
 * listener is a listener of node:http's requests that answers by a host, as local.mjs makes one. An answer that ends in
 * an error breaks off, so that nobody takes it for whole.
 * @param {{answer: (request: Request) => Promise<Response>, refuse: (request: Request, mistake: object) => Promise<Response>}} host
 * @param {(line: string) => void} log
 */
export function listener(host, log) {
  return async (req, res) => {
    const left = new AbortController()
    const { signal } = left
    res.once('close', () => left.abort())
    try {
      const [request, wrong] = requestOf(req, signal)
      const response = await (wrong ? host.refuse(request, wrong) : host.answer(request))
      res.writeHead(response.status, Object.fromEntries(response.headers))
      for await (const part of response.body ?? []) if (!res.write(part)) await once(res, 'drain', { signal })
      res.end()
    } catch (error) {
      if (signal.aborted) return
      if (res.headersSent) res.socket?.end('x\r\n') // no chunk at all: nobody takes the answer for whole
      else {
        log(`a request could not be read: ${error.message}`)
        res.writeHead(400).end()
      }
    }
  }
}

/** requestOf is what came as fetch has it, or what is wrong with it. A path is never taken for another host's name. */
function requestOf(req, signal) {
  const { method, url, headers } = req
  const at = `http://localhost${url.startsWith('/') ? url : '/'}`
  if (['TRACE', 'CONNECT', 'TRACK'].includes(method)) {
    return [new Request(at, { headers }), { code: 'method_not_allowed', message: `${method} is not served here` }]
  }
  if (!url.startsWith('/') || !URL.canParse(at)) {
    return [new Request('http://localhost/', { headers }), { code: 'invalid_request', message: 'the request line does not hold a path' }]
  }
  const body = BODILESS.includes(method) ? undefined : Readable.toWeb(req)
  return [new Request(at, { method, headers, body, duplex: 'half', signal })]
}
