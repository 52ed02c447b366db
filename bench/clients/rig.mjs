// What the tests stand on: two aimock providers, which nobody here wrote, and a real
// strowger in front of them, each on a free port of the loopback interface.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'

const binary = process.env.STROWGER_BIN ?? new URL('../../bin/strowger', import.meta.url).pathname

/** Starts providers north and south and a strowger that serves them; stop() ends all. */
export async function start() {
  const north = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' })
  const south = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' })
  await Promise.all([north.start(), south.start()])
  const dir = await mkdtemp(join(tmpdir(), 'strowger-clients-'))
  const config = join(dir, 'strowger.yaml')
  await writeFile(config, `
providers:
  north: {schema: openai, base_url: "${north.url}/v1", api_key: "env:NORTH_KEY"}
  south: {schema: openai, base_url: "${south.url}/v1", api_key: "env:NORTH_KEY"}
models:
  openai/gpt-4o:
    endpoints:
      - {provider: north, price: {input: 2.5, output: 10}}
      - {provider: south, model: gpt-4o-south, price: {input: 1, output: 4}}
  openai/gpt-4o-mini:
    endpoints: [{provider: south}]
routing: {circuit: {failures: 1000}}
`)
  const child = spawn(binary, ['serve', '--config', config, '--data', dir, '--listen', '127.0.0.1:0'], {
    env: { PATH: process.env.PATH, HOME: dir, NORTH_KEY: 'sk-test-only' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await address(child)
  return {
    north,
    south,
    url,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0, timeout: 20_000 }),
    async stop() {
      child.kill('SIGTERM')
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
      await Promise.all([north.stop(), south.stop()])
      await rm(dir, { recursive: true, force: true })
      if (code !== 0) throw new Error(`strowger ended with ${code}`)
    },
  }
}

/** The address that strowger prints when it serves. */
async function address(child) {
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const found = /(http:\/\/127\.0\.0\.1:\d+)\/v1/.exec(line)
    if (found) return found[1]
  }
  throw new Error('strowger ended before it served')
}
