// strowger in Deno, with the module and the document of a folder that strowger export --target wasi has written. It
// takes their names and a port, and the secrets out of the environment; what is missing is said.
import { Deployment } from '../worker/deployment.mjs'
import { refuse, serve } from '../worker/exchange.mjs'
import { Pool } from '../worker/pool.mjs'

const log = console.error
const [wasm, document, port = '0'] = Deno.args
if (!document) fail('usage: deno run --allow-read --allow-env --allow-net deno.ts strowger.wasm strowger.json [PORT]')

const { deployment, pool } = started()
const secret = (reference: string) => deployment.secret(reference, (name: string) => Deno.env.get(name))
const missing = deployment.missing((name: string) => Deno.env.get(name))
if (missing.length > 0) log(`not set in the environment: ${missing.join(', ')}`)

function started() {
  try {
    const deployment = new Deployment(Deno.readTextFileSync(document))
    const pool = new Pool(new WebAssembly.Module(Deno.readFileSync(wasm)), { catalog: deployment.catalog, log })
    deployment.check(pool.rev)
    return { deployment, pool }
  } catch (error) {
    return fail((error as Error).message)
  }
}

function fail(message: string): never {
  log(message)
  Deno.exit(1)
}

async function answer(request: Request): Promise<Response> {
  const { client, refused } = await deployment.caller(request)
  if (refused) return refuse(pool, request, { secret }, refused)
  return serve(pool, request, { client, secret, limits: deployment.limits, log })
}

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
