// strowger in Node, with the module and the document of a folder that strowger export --target wasi has written. It
// takes their names and a port, and the secrets out of the environment; what is missing is said.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

import { listener } from '../worker/incoming.mjs'
import { local } from '../worker/local.mjs'

const log = console.error
const [wasm, document, port = '0'] = process.argv.slice(2)
if (!document) fail(`usage: node ${process.argv[1]} strowger.wasm strowger.json [PORT]`)

function fail(message) {
  log(message)
  process.exit(1)
}

function started() {
  try {
    const env = (name) => process.env[name]
    return local({ module: readFileSync(wasm), document: readFileSync(document, 'utf8'), env, log })
  } catch (error) {
    return fail(error.message)
  }
}

const server = createServer(listener(started(), log))
server.once('error', ({ code, message }) => fail(code === 'EADDRINUSE' ? `port ${port} is taken; name another` : message))
try {
  server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
} catch {
  fail(`${port} is no port`)
}
