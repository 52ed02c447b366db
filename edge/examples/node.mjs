// strowger in Node, with the module and the document of a folder that strowger export --target wasi has written. It
// takes their names and a port, and the secrets out of the environment; what is missing is said.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'

import { Deployment } from '../worker/deployment.mjs'
import { refuse, serve } from '../worker/exchange.mjs'
import { Pool } from '../worker/pool.mjs'

const log = console.error
const [wasm, document, port = '0'] = process.argv.slice(2)
if (!document) fail(`usage: node ${process.argv[1]} strowger.wasm strowger.json [PORT]`)

const { deployment, pool } = started()
const secret = (reference) => deployment.secret(reference, (name) => process.env[name])
const missing = deployment.missing((name) => process.env[name])
if (missing.length > 0) log(`not set in the environment: ${missing.join(', ')}`)

function started() {
  try {
    const deployment = new Deployment(readFileSync(document, 'utf8'))
    const pool = new Pool(new WebAssembly.Module(readFileSync(wasm)), { catalog: deployment.catalog, log })
    deployment.check(pool.rev)
    return { deployment, pool }
  } catch (error) {
    return fail(error.message)
  }
}

function fail(message) {
  log(message)
  process.exit(1)
}

/** requestOf is what came as fetch has it, or what is wrong with it. A path is never taken for another host's name. */
function requestOf({ method, url, headers }, body, signal) {
  const at = `http://localhost${url.startsWith('/') ? url : '/'}`
  if (['TRACE', 'CONNECT', 'TRACK'].includes(method)) {
    return [new Request(at, { headers }), { code: 'method_not_allowed', message: `${method} is not served here` }]
  }
  if (!url.startsWith('/') || !URL.canParse(at)) {
    return [new Request('http://localhost/', { headers }), { code: 'invalid_request', message: 'the request line does not hold a path' }]
  }
  return [new Request(at, { method, headers, body, duplex: 'half', signal })]
}

async function answer([request, wrong]) {
  if (wrong) return refuse(pool, request, { secret }, wrong)
  const { client, refused } = await deployment.caller(request)
  if (refused) return refuse(pool, request, { secret }, refused)
  return serve(pool, request, { client, secret, limits: deployment.limits, log })
}

const server = createServer(async (req, res) => {
  const left = new AbortController()
  const { signal } = left
  res.once('close', () => left.abort())
  try {
    const body = ['GET', 'HEAD', 'TRACE'].includes(req.method) ? undefined : Readable.toWeb(req)
    const response = await answer(requestOf(req, body, signal))
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
})
server.once('error', ({ code, message }) => fail(code === 'EADDRINUSE' ? `port ${port} is taken; name another` : message))
try {
  server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
} catch {
  fail(`${port} is no port`)
}
