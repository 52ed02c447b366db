// A strowger in front of raw providers, with a stage for each case: providers, a model and a route of its
// own, so that what one does is nothing to another, and all can play at once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Call, raw } from './raw.mjs'
import { serve } from './rig.mjs'

/** timeouts are long enough for a machine that has other things to do; silence is to be noticed soon. */
const timeouts = (idle) => ({ connect: '10s', first_token: '10s', idle, total: '1m' })

/**
 * stage starts them. A case has one and maybe two, scripts of the model's providers; other, the script of
 * another model's that it falls back to; routing, the rules of its route; endpoint, provider and route, what
 * else is said of those; idle, after which silence of a provider is a fault.
 */
export async function stage(cases) {
  const calls = new Map()
  const scripts = {}
  const config = { routing: { circuit: { failures: 1000 } }, providers: {}, models: {}, routes: [] }
  for (const [name, c] of Object.entries(cases)) Object.assign(scripts, setUp(config, slug(name), c))
  const behind = await raw(scripts, calls)
  for (const p of Object.values(config.providers)) p.base_url = behind.url + p.base_url
  const dir = await mkdtemp(join(tmpdir(), 'strowger-stage-'))
  const file = join(dir, 'strowger.json')
  await writeFile(file, JSON.stringify(config))
  const clean = () => Promise.all([behind.stop(), rm(dir, { recursive: true, force: true })])
  const strowger = await serve(file, join(dir, 'data')).catch(async (err) => {
    await clean()
    throw err
  })
  const begin = (id) => calls.set(id, new Call(id)).get(id)
  let n = 0
  return {
    /**
     * ask lets a caller ask for what a case plays: by strowger, or straight (direct) of its first provider; directives go into the header for
     * that, and about is what its scripts find in the call.
     */
    async ask(name, sdk, way, { direct, watch, directives, about, ...options } = {}) {
      const call = begin(`${name}, call ${++n}`)
      call.about = about
      const at = direct ? `${behind.url}/${slug(name)}/one/v1` : `${strowger.url}/${slug(name)}`
      const header = directives && { 'x-strowger-provider': JSON.stringify(directives) }
      const got = await sdk[way](at, call, { model: `acme/${slug(name)}`, fetch: call.fetch(watch, header), header, ...options })
      return Object.assign(got, { requests: call.requests, sse: call.sse, asked: (place) => behind.asked(`/${slug(name)}/${place}`, call.id) })
    },
    url: strowger.url,
    stop: () => strowger.stop().finally(clean),
  }
}

export const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')

function setUp(config, name, { one, two, other, routing, endpoint = {}, provider = {}, route = {}, idle = '20s' }) {
  const scripts = {}
  const place = (at, script) => {
    if (!script) return []
    scripts[`/${name}/${at}`] = script
    config.providers[`${name}-${at}`] = { schema: 'openai', base_url: `/${name}/${at}/v1`, api_key: 'sk-of-it', timeouts: timeouts(idle), ...provider }
    return [{ provider: `${name}-${at}`, price: { input: 1, output: 2 }, ...endpoint }]
  }
  config.models[`acme/${name}`] = { endpoints: [...place('one', one), ...place('two', two)] }
  if (other) config.models[`acme/${name}-other`] = { endpoints: place('other', other) }
  config.routes.push({ path: `/${name}`, ...route, routing: { ...routing, ...(other && { fallback: [`acme/${name}-other`] }) } })
  return scripts
}
