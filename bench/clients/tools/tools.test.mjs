// Each command line reads a file and says what is in it, by a provider of every schema: the model's answers
// are scripted, reading the file is the tool's own doing. The schema direct is a provider of the tool's own
// schema without strowger between.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { SCHEMAS } from '../every/front.mjs'
import { modelTo, start } from '../every/rig.mjs'
import { tools } from './tools.mjs'

const TIME = 90_000

const schemas = process.env.PROVIDERS?.split(',') ?? Object.keys(SCHEMAS)

let s
before(async () => {
  if (tools.some((tool) => !tool.missing)) s = await start(schemas)
})
after(() => s?.stop())

for (const tool of tools) {
  for (const schema of ['direct', ...schemas]) {
    test(`${tool.name} → ${schema} · reads a file`, { skip: tool.missing, timeout: TIME + 10_000 }, () => reads(tool, schema))
  }
}

async function reads(tool, schema) {
  const home = await mkdtemp(join(tmpdir(), 'strowger-tool-'))
  const dir = join(home, 'work')
  const file = join(dir, 'secret.txt')
  const secret = `kakadu-${randomBytes(6).toString('hex')}`
  await mkdir(dir)
  await writeFile(file, `${secret}\n`)
  const { say, requests, complaints } = s.play(model(file))
  const direct = schema === 'direct'
  const [url, name] = direct ? [s.direct(tool.schema), `parrot-${tool.schema}`] : [s.url, modelTo(schema)]
  try {
    const { args, env } = await tool.run(home, url, name, say('Read secret.txt and say what is in it.'), dir)
    const { code, out, err } = await run(tool, args, env, home, dir)
    assert.equal(code, 0, `${err.slice(-1500)}${out.slice(-1500)}`)
    assert.equal(tool.said(out), `In it is ${secret}.`, `${err.slice(-1500)}${out.slice(-1500)}`)
    if (!direct && tool.schema !== schema) assert.deepEqual(complaints, [])
    assert.ok(requests.every((r) => r.schema === (direct ? tool.schema : schema)))
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** model is what the provider says: it calls whatever reads a file, and tells what came of it. */
const model = (file) => ({ messages, tools: offered = [] }) => {
  const results = messages.filter((m) => m.role === 'tool')
  if (results.length) return { content: `In it is ${/kakadu-\w+/.exec(JSON.stringify(results.at(-1).content))?.[0]}.` }
  const names = offered.map((t) => t.function?.name)
  const [name, args] = [
    ['Read', { file_path: file }], ['read', { filePath: file }], ['read_file', { file_path: file }], ['exec_command', { cmd: `cat ${file}` }],
  ].find(([n]) => names.includes(n)) ?? []
  return name ? { content: 'I shall read it.', toolCalls: [{ id: 'call_1', name, arguments: JSON.stringify(args) }] } : { content: 'A title' }
}

/** run ends what it began, by its group, when its time is over. Whoever asks anybody but loopback meets a dead proxy. */
async function run(tool, args, env, home, dir) {
  const child = spawn(tool.script ? process.execPath : tool.program, tool.script ? [tool.program, ...args] : args, {
    cwd: dir, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH, HOME: home, TMPDIR: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data'),
      XDG_CACHE_HOME: join(home, 'cache'), XDG_STATE_HOME: join(home, 'state'), NO_COLOR: '1',
      HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1,localhost', ...env,
    },
  })
  const late = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), TIME)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', (c, signal) => resolve(c ?? signal)))
  clearTimeout(late)
  return { code, out, err }
}
