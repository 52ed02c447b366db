// A host on one's own machine, whatever it is written for: the module and the document of a folder that strowger export
// has written, and the secrets of an environment.

import { Deployment } from './deployment.mjs'
import { refuse, serve } from './exchange.mjs'
import { Pool } from './pool.mjs'

/**
 * local is what serves a deployment: answer takes a Request and gives its Response, refusing those whose caller is not
 * known; refuse answers one that cannot be served at all. What the environment does not have is logged. It throws what is
 * wrong with the document, or the module.
 * @param {{module: BufferSource, document: string, env: (name: string) => string | undefined, log: (line: string) => void}} given
 */
export function local({ module, document, env, log }) {
  const deployment = new Deployment(document)
  const pool = new Pool(new WebAssembly.Module(module), { catalog: deployment.catalog, log })
  deployment.check(pool.rev)
  const missing = deployment.missing(env)
  if (missing.length > 0) log(`not set in the environment: ${missing.join(', ')}`)
  const { limits } = deployment
  const secret = (reference) => deployment.secret(reference, env)
  return {
    /** @param {Request} request @returns {Promise<Response>} */
    answer: async (request) => {
      const { client, refused } = await deployment.caller(request)
      if (refused) return refuse(pool, request, { limits }, refused)
      return serve(pool, request, { client, secret, limits, log })
    },
    /** @param {Request} request @param {import('./request.mjs').Mistake} mistake @returns {Promise<Response>} */
    refuse: (request, mistake) => refuse(pool, request, { limits }, mistake),
  }
}
