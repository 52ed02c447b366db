// A strowger in front of two aimock servers: a provider that nobody here wrote. Everything is on
// loopback, and whatever is started here is ended here.
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

/** start gives two mocks (one, two), the SDK's client and stop; more goes into the configuration. */
export async function start(more = {}) {
  const one = await mock()
  const two = await mock()
  const dir = await mkdtemp(join(tmpdir(), 'strowger-clients-'))
  const config = join(dir, 'strowger.json')
  await writeFile(config, JSON.stringify({ ...configuration(one, two), ...more }))
  const strowger = await serve(config, join(dir, 'data'))
  const client = new OpenAI({ baseURL: `${strowger.url}/v1`, apiKey: 'sk-of-the-caller', maxRetries: 0 })
  const stop = async () => {
    await strowger.stop()
    await Promise.all([one.stop(), two.stop()])
    await rm(dir, { recursive: true, force: true })
  }
  return { one, two, client, url: strowger.url, stop }
}

async function mock() {
  const m = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' })
  await m.start()
  return m
}

function configuration(one, two) {
  const timeouts = { connect: '2s', first_token: '2s', idle: '2s', total: '10s' }
  return {
    providers: {
      one: { schema: 'openai', base_url: `${one.url}/v1`, api_key: 'sk-of-one', timeouts },
      two: { schema: 'openai', base_url: `${two.url}/v1`, api_key: 'sk-of-two', timeouts },
    },
    models: {
      [MODEL]: {
        endpoints: [
          { provider: 'one', model: 'parrot-at-one', price: { input: 3, output: 15 } },
          { provider: 'two', model: 'parrot-at-two', price: { input: 0.5, output: 2 } },
        ],
      },
      'acme/other': { endpoints: [{ provider: 'two', model: 'other-at-two' }] },
    },
  }
}

/** serve runs the built program and waits for its address. */
async function serve(config, data) {
  const binary = process.env.STROWGER_BIN ?? fileURLToPath(new URL('../../bin/strowger', import.meta.url))
  if (!existsSync(binary)) throw new Error(`${binary} is not there: go build -o bin/strowger ./desktop/strowger`)
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
