// A strowger in front of aimock servers: providers that nobody here wrote. Everything is on loopback,
// and whatever is started here is ended here.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'

export const MODEL = 'acme/parrot'

// Nothing in this process may talk to anybody else.
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args
  const host = typeof options === 'object' ? (options.host ?? 'localhost') : 'localhost'
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) throw new Error(`a connection to ${host}: only loopback is allowed`)
  return connect.apply(this, args)
}

/** start gives two mocks (one, two) that serve MODEL, and what exchange gives; more goes into the configuration. */
export async function start(more = {}) {
  const s = await exchange(['one', 'two'], { models: MODELS, ...more })
  return { ...s, one: s.at.one, two: s.at.two, client: s.openai() }
}

const MODELS = {
  [MODEL]: {
    endpoints: [
      { provider: 'one', model: 'parrot-at-one', price: { input: 3, output: 15 } },
      { provider: 'two', model: 'parrot-at-two', price: { input: 0.5, output: 2 } },
    ],
  },
  'acme/other': { endpoints: [{ provider: 'two', model: 'other-at-two' }] },
}

/**
 * exchange starts a mock for each name and a strowger in front of them. config is the configuration; what
 * it says under providers is added to what they need anyway.
 */
export async function exchange(names, config) {
  const at = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await mock()])))
  const dir = await mkdtemp(join(tmpdir(), 'strowger-clients-'))
  const file = join(dir, 'strowger.json')
  const providers = Object.fromEntries(names.map((name) => [name, { ...provider(name, at[name]), ...config.providers?.[name] }]))
  await writeFile(file, JSON.stringify({ ...config, providers }))
  const close = async () => {
    await Promise.all(names.map((name) => at[name].stop()))
    await rm(dir, { recursive: true, force: true })
  }
  const strowger = await serve(file, join(dir, 'data')).catch(async (err) => {
    await close()
    throw err
  })
  return { at, url: strowger.url, ...conversation(at), openai: (options) => openai(strowger.url, options), stop: () => strowger.stop().finally(close) }
}

/** openai is the SDK's client for a path of strowger's, without retries of its own. */
function openai(url, { path = '/v1', ...options } = {}) {
  return new OpenAI({ baseURL: url + path, apiKey: 'sk-of-the-caller', maxRetries: 0, timeout: 20_000, ...options })
}

/**
 * conversation is what the mocks are told to say, and the names of those that were asked, in that order.
 */
function conversation(at) {
  const asked = []
  const say = (name, response, options) => {
    at[name].clearFixtures()
    at[name].onMessage(/./, () => (asked.push(name), response), options)
  }
  /** fresh forgets who was asked, and lets every mock answer with its own name. */
  const fresh = () => {
    asked.length = 0
    for (const name of Object.keys(at)) {
      at[name].clearRequests()
      say(name, { content: `${name} speaking` }, { chunkSize: 4 })
    }
  }
  const fail = (name, status = 500) => say(name, { error: { message: 'not now', type: 'server_error' }, status })
  return { asked, say, fail, fresh }
}

async function mock() {
  const m = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' })
  await m.start()
  return m
}

function provider(name, { url }) {
  const timeouts = { connect: '2s', first_token: '2s', idle: '2s', total: '10s' }
  return { schema: 'openai', base_url: `${url}/v1`, api_key: `sk-of-${name}`, timeouts }
}

/** built is a program of this module, which is to be there. */
export function built(name, source) {
  const binary = fileURLToPath(new URL(`../../bin/${name}`, import.meta.url))
  if (!existsSync(binary)) throw new Error(`${binary} is not there: go build -o bin/${name} ${source}`)
  return binary
}

/** serve runs the built program and waits for its address. */
export async function serve(config, data) {
  const binary = process.env.STROWGER_BIN ?? built('strowger', './desktop/strowger')
  const child = spawn(binary, ['serve', '--config', config, '--data', data, '--listen', '127.0.0.1:0'], {
    env: { PATH: process.env.PATH, HOME: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let said = ''
  const url = await new Promise((resolve, reject) => {
    const listen = (text) => {
      said += text
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (found) resolve(found[0])
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`strowger ended with ${code}: ${said}`)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      if (code !== 0) throw new Error(`strowger ended with ${code}: ${said}`)
    },
  }
}

/** user is a conversation of one message. */
export const user = (content) => [{ role: 'user', content }]

/** collect reads a stream to its end. */
export async function collect(stream) {
  const chunks = []
  let text = ''
  let finish = null
  for await (const chunk of stream) {
    chunks.push(chunk)
    text += chunk.choices[0]?.delta?.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
  }
  return { chunks, text, finish }
}
