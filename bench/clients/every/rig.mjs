// A strowger with two providers of every schema: aimock, seen through the front, and bench/provider. What is
// asked of aimock carries the number of its cell, so that all of them can be played at once.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { LLMock } from '@copilotkit/aimock'

import { built, serve } from '../rig.mjs'
import { based, cellOf, front, marked } from './front.mjs'
import { parrots } from './simulated.mjs'

/** USAGE is what every answer costs, as each schema says it. */
export const USAGE = { input: 11, output: 7 }
const usage = {
  prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, input_tokens: 11, output_tokens: 7,
  promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18,
}

export const modelTo = (schema, kind = 'to') => `acme/${kind}-${schema}`

/** start gives {url, direct, simulated, play, stop} for some schemas: direct and simulated are where providers are reached without strowger. */
export async function start(schemas) {
  const cells = new Map()
  const sim = await simulator()
  const mock = await aimock(cells)
  const before = await front(mock.url, cells)
  const dir = await mkdtemp(join(tmpdir(), 'strowger-every-'))
  const clean = async () => {
    await before.stop()
    await mock.stop()
    sim.stop()
    await rm(dir, { recursive: true, force: true })
  }
  const file = join(dir, 'strowger.json')
  await writeFile(file, JSON.stringify(configuration((schema) => based(before.url, schema), sim.url, schemas)))
  const strowger = await serve(file, join(dir, 'data')).catch(async (err) => {
    await clean()
    throw err
  })
  return {
    url: strowger.url,
    direct: (schema) => `${before.url}/${schema}`,
    simulated: sim.url,
    /** play begins a cell: what the provider answers, in turn. */
    play: (script) => {
      const id = cells.size + 1
      cells.set(id, { script, requests: [], complaints: [] })
      return { ...cells.get(id), say: (text) => marked(id, text) }
    },
    stop: () => strowger.stop().finally(clean),
  }
}

/** configuration has two providers and models for each schema, and nothing that tries twice. */
function configuration(base, sim, schemas) {
  const timeouts = { connect: '10s', first_token: '20s', idle: '20s', total: '1m' }
  const price = { input: 1, output: 2 }
  const config = { routing: { circuit: { failures: 1000 }, retry: { max: 0, retry_after_max: '0s' } }, providers: {}, models: {} }
  for (const schema of schemas) {
    const provider = (base_url) => ({ schema, base_url, api_key: `sk-of-${schema}`, timeouts })
    config.providers[schema] = provider(base(schema))
    config.providers[`sim-${schema}`] = provider(sim + (schema.startsWith('openai') ? '/v1' : ''))
    config.models[modelTo(schema)] = { endpoints: [{ provider: schema, model: `parrot-${schema}`, price }] }
    config.models[modelTo(schema, 'sim')] = { endpoints: [{ provider: `sim-${schema}`, model: parrots[schema], price }] }
  }
  return config
}

/** simulator is bench/provider as a process of its own. */
async function simulator() {
  const child = spawn(built('simulated', './bench/clients/simulated'), { stdio: ['pipe', 'pipe', 'inherit'] })
  const url = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (text) => resolve(text.trim()))
    child.once('error', reject).once('exit', (code) => reject(new Error(`simulated ended with ${code}`)))
  })
  return { url, stop: () => child.stdin.end() }
}

/** said is what the script has next: a list of answers, or a function of what was asked. */
const said = ({ script, requests }, request) => (typeof script === 'function' ? script(request) : script[requests.length - 1])

/** aimock says what the script of the cell has for this turn, as it is known by the number of requests. */
async function aimock(cells) {
  const mock = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' })
  mock.on({ predicate: () => true }, (request) => {
    const cell = cells.get(cellOf(JSON.stringify(request.messages)))
    const { patch, ...says } = said(cell, request) ?? { error: { message: 'the script has no more answers' }, status: 500 }
    if (says.error) return says
    const finishReason = cell.requests.at(-1).schema === 'gemini' ? 'stop' : undefined // where aimock would say FUNCTION_CALL
    return { ...(finishReason && { finishReason }), usage, ...says }
  }, { chunkSize: 6 }) // which divides no character of the tests
  await mock.start()
  return mock
}
