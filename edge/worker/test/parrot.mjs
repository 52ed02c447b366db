// What the tests of the Worker in workerd share: a deployment of one model at a simulated provider, and
// requests of it.
import { request } from 'node:http'
import { after, before } from 'node:test'

import { provider, user } from './rig.mjs'
import { deployment } from './workerd.mjs'

export const timeouts_us = { connect: 2_000_000, first_token: 5_000_000, idle: 2_000_000, total: 20_000_000 }
export const secrets = { 'env:SIM_KEY': 'SIM_KEY', 'env:OTHER_KEY': 'OTHER_KEY' }
export const bindings = { SIM_KEY: 'sk-sim-1234567890', OTHER_KEY: 'sk-other-1234567890' }

/** simulated is the provider, which runs as long as the tests of a file do. */
export let simulated
before(async () => (simulated = await provider()))
after(() => simulated.stop())

/** catalog is acme/parrot at the simulated provider, behind those given. */
export function catalog(first = {}, more = {}) {
  const own = { name: 'sim', schema: 'openai', base_url: `${simulated.url}/v1`, key: 'env:SIM_KEY', timeouts_us }
  const providers = [...Object.entries(first).map(([name, base_url]) => ({ name, schema: 'openai', base_url, key: 'env:OTHER_KEY', timeouts_us })), own]
  const endpoints = providers.map(({ name }, i) => ({ provider: name, model: `parrot-${name}`, price: { input: 1_000_000 * (i + 1), output: 2_000_000 * (i + 1) } }))
  return { providers, models: [{ id: 'acme/parrot', endpoints }], routing: { strategy: 'cost' }, ...more }
}

/** served is a document of that catalog. */
export const served = (first, more) => deployment(catalog(first), { secrets: first ? secrets : { 'env:SIM_KEY': 'SIM_KEY' }, ...more })

/** chat is a request for acme/parrot. */
export const chat = (content, more) => ({ model: 'acme/parrot', messages: user(content), max_tokens: 20, ...more })

/** raw sends a body as it is given, and gives the status when the first of the answer has come. */
export function raw(t, w, headers, parts) {
  return new Promise((resolve, reject) => {
    const sending = request(`${w.url}/v1/chat/completions`, { method: 'POST', agent: false, headers }, (res) => res.once('data', () => resolve(res.statusCode)))
    sending.on('error', reject)
    t.after(() => sending.destroy())
    parts(sending)
  })
}
