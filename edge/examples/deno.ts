// strowger in Deno, with the module and the document of a folder that strowger export --target wasi has written. It
// takes their names and a port, and the secrets out of the environment; what is missing is said.
import { local } from '../worker/local.mjs'

const log = console.error
const [wasm, document, port = '0'] = Deno.args
if (!document) fail('usage: deno run --allow-read --allow-env --allow-net deno.ts strowger.wasm strowger.json [PORT]')

function fail(message: string): never {
  log(message)
  Deno.exit(1)
}

function started() {
  try {
    const env = (name: string) => Deno.env.get(name)
    return local({ module: Deno.readFileSync(wasm), document: Deno.readTextFileSync(document), env, log })
  } catch (error) {
    return fail((error as Error).message)
  }
}

const { answer } = started()
const onListen = (at: { port: number }) => console.log(`http://127.0.0.1:${at.port}`)
// What could not be read as a request at all, its address say, is the caller's mistake.
const onError = (error: unknown) => {
  log(`a request could not be read: ${(error as Error).message}`)
  return new Response(null, { status: 400 })
}
try {
  Deno.serve({ hostname: '127.0.0.1', port: Number(port), onListen, onError }, answer)
} catch (error) {
  fail(error instanceof Deno.errors.AddrInUse ? `port ${port} is taken; name another` : (error as Error).message)
}
