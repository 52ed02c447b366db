// What stands before aimock: it tells which cell asks, keeps what was asked, byte for byte, and holds it
// against the rules of the schema, as the real provider would.
import { createServer, request as forward } from 'node:http'

import { rules } from './rules.mjs'

/** SCHEMAS are the four, with the paths that a body of each goes to. */
export const SCHEMAS = {
  openai: /^(\/api)?\/v1\/chat\/completions/,
  'openai-responses': /^\/v1\/responses/,
  anthropic: /^\/v1\/messages/,
  gemini: /^\/v1beta\/models\/[^/]+:(generateContent|streamGenerateContent\?alt=sse)/,
}

/** based gives the base URL of a schema's provider, as in that vendor's own SDK. */
export const based = (url, schema) => `${url}/${schema}${schema.startsWith('openai') ? '/v1' : ''}`

/** A text with a mark by which what is asked for it is known again, whichever schema carries it. */
export const marked = (id, text) => `[cell ${id}] ${text}`
export const cellOf = (text) => Number(/\[cell (\d+)\]/.exec(text)?.[1])

/**
 * front listens for the schemas, each under its name, and passes on to the aimock at url. cells has what is
 * played, by number: requests are kept in there with the complaints about them.
 */
export async function front(url, cells) {
  const server = createServer((req, res) => answer(req, res, url, cells).catch((err) => res.destroy(err)))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())),
  }
}

async function answer(req, res, url, cells) {
  const [, schema, path] = /^\/([a-z-]+)(\/.*)$/.exec(req.url) ?? []
  const text = Buffer.concat(await req.toArray()).toString()
  const cell = cells.get(cellOf(text))
  if (!SCHEMAS[schema] || !SCHEMAS[schema].test(path) || !cell) {
    res.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `the test knows no ${req.method} ${req.url} of ${text.slice(0, 200)}` } }))
    cell?.complaints.push(`asked at ${req.url}`)
    return
  }
  const body = JSON.parse(text)
  cell.requests.push({ schema, path, headers: req.headers, body })
  cell.complaints.push(...rules[schema](body))
  pass(req, res, url + path, text, cell.script[cell.requests.length - 1]?.patch?.[schema])
}

/** pass asks aimock; patch is what is made of the whole answer before it goes back. */
function pass(req, res, url, text, patch) {
  const { host, 'content-length': length, 'accept-encoding': encoding, ...headers } = req.headers
  const out = forward(url, { method: req.method, headers }, async (in_) => {
    res.writeHead(in_.statusCode, in_.headers)
    if (!patch || in_.statusCode !== 200) return in_.pipe(res)
    delete in_.headers['content-length']
    res.end(patch(Buffer.concat(await in_.toArray()).toString()))
  })
  out.on('error', (err) => res.destroy(err))
  out.end(text)
}
