// What strowger export writes, run unchanged: the Worker's folder in workerd, the examples' in Node and Deno, and taken
// by wrangler. Files, rules, flags and bindings are those of the folder.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

import { workerd as serveFolder } from './folder.mjs'
import { chunk, ended, lines, made, moduleFile, provider, ROOT, stub, user } from './rig.mjs'

const KEY = 'sk-strowger-laptop'
const BIN = join(ROOT, 'edge/node_modules/.bin')

// The secrets that stand in the configuration, by what must carry them to the host. No file may hold one.
const SECRETS = { SIM_KEY: 'sk-from-the-environment', STROWGER_KEY_BROKEN: 'sk-stands-in-the-file', STROWGER_HEADER_BROKEN_X_TEAM: 'team of the file' }

let simulated
before(async () => (simulated = await provider()))
after(() => simulated.stop())

/** exported is a folder that export has written, for providers of which the first is broken, and what export said. */
function exported(target, broken) {
  const dir = mkdtempSync(join(made, `${target}-`))
  const out = join(dir, 'out')
  const config = join(dir, 'strowger.yaml')
  const sha256 = createHash('sha256').update(KEY).digest('hex')
  writeFileSync(
    config,
    `
providers:
  broken: {schema: openai, base_url: "${broken.url}/v1", api_key: "${SECRETS.STROWGER_KEY_BROKEN}", headers: {x-team: "${SECRETS.STROWGER_HEADER_BROKEN_X_TEAM}"}}
  claude: {schema: anthropic, base_url: "${simulated.url}", api_key: "\${SIM_KEY}"}
models:
  acme/parrot: {endpoints: [{provider: broken, price: {input: 1, output: 2}}, {provider: claude, price: {input: 1, output: 2}}]}
cost_limit: {usd: 5, per: day}
keys: [{name: laptop, sha256: "${sha256}"}]
`,
    { mode: 0o600 },
  )
  const said = execFileSync('go', ['run', './desktop/strowger', 'export', '--target', target, '--config', config, '--out', out, '--module', moduleFile(), '--json'], {
    cwd: ROOT,
    env: { ...process.env, HOME: dir, XDG_CONFIG_HOME: dir, CGO_ENABLED: '0', GOCACHE: goEnv('GOCACHE'), GOMODCACHE: goEnv('GOMODCACHE') },
  })
  const { secrets, files } = JSON.parse(said)
  assert.deepEqual(secrets.map((s) => s.name).sort(), Object.keys(SECRETS).sort())
  assert.deepEqual(readdirSync(out).sort(), files.map((f) => f.name).sort())
  for (const file of readdirSync(out)) {
    const text = readFileSync(join(out, file))
    for (const secret of Object.values(SECRETS)) assert.ok(!text.includes(secret), `${file} holds a secret`)
  }
  return out
}

const goEnv = (name) => execFileSync('go', ['env', name], { encoding: 'utf8' }).trim()

const down = (t) => stub(t, (req, res) => res.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"down"}}'))

/** answers asks with the official SDKs, plain and streamed: the first provider fails each time, unseen. */
async function answers(url, broken) {
  const gpt = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 })
  const claude = new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 })
  const parrot = { model: 'acme/parrot', messages: user('sim: text="so it goes"'), max_tokens: 50 }
  const { data, response } = await gpt.chat.completions.create(parrot).withResponse()
  assert.equal(data.choices[0].message.content, 'so it goes')
  assert.equal(response.headers.get('x-strowger-provider'), 'claude')
  assert.equal(response.headers.get('x-strowger-attempts'), '2')
  assert.equal(broken.asked[0].headers.authorization, `Bearer ${SECRETS.STROWGER_KEY_BROKEN}`)
  assert.equal(broken.asked[0].headers['x-team'], SECRETS.STROWGER_HEADER_BROKEN_X_TEAM)
  let text = ''
  for await (const event of await gpt.chat.completions.create({ ...parrot, stream: true })) text += event.choices[0]?.delta?.content ?? ''
  assert.equal(text, 'so it goes')
  assert.equal((await claude.messages.create(parrot)).content[0].text, 'so it goes')
  assert.equal(await claude.messages.stream(parrot).finalText(), 'so it goes')
  await assert.rejects(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-strowger-other', maxRetries: 0 }).models.list(), OpenAI.AuthenticationError)
}

/** workerd serves an exported folder for as long as the test goes on. */
async function workerd(t, dir, bindings) {
  const { url, stop } = await serveFolder(dir, bindings)
  t.after(stop)
  return url
}

test('the folder for Workers serves the SDKs in workerd, with a fallback', async (t) => {
  const broken = await down(t)
  const url = await workerd(t, exported('worker', broken), SECRETS)
  await answers(url, broken)
  const health = await (await fetch(`${url}/_/health`)).json()
  assert.deepEqual([health.status, health.missing_secrets], ['ok', []])
})

test('in workerd an answer that breaks off in the middle is completed by another provider, for the SDKs', async (t) => {
  const cut = await stub(t, (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(chunk('so it '), () => res.socket.destroy())
  })
  const url = await workerd(t, exported('worker', cut), SECRETS)
  const parrot = { model: 'acme/parrot', messages: user('sim: text="so it goes on"\nhi'), max_tokens: 50, stream: true }
  const gpt = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 })
  const chat = await gpt.chat.completions.create(parrot).withResponse()
  let text = ''
  for await (const { choices } of chat.data) text += choices[0]?.delta.content ?? ''
  const claude = new Anthropic({ baseURL: url, apiKey: KEY, maxRetries: 0 })
  const message = await claude.messages.create(parrot).withResponse()
  let said = ''
  for await (const event of message.data) said += event.delta?.text ?? ''
  assert.deepEqual([text, said], ['so it goes on', 'so it goes on'])
  for (const { response } of [chat, message]) assert.equal(response.headers.get('x-strowger-provider'), 'broken') // whose words had gone out already
  assert.equal(cut.asked.length, 2)
})

test('in workerd a caller that leaves takes the attempt along', async (t) => {
  let came
  const arrived = new Promise((resolve) => (came = resolve))
  const slow = await stub(t, came) // which says nothing
  const url = await workerd(t, exported('worker', slow), SECRETS)
  const leave = new AbortController()
  const body = JSON.stringify({ model: 'acme/parrot', messages: user('hello'), stream: true })
  const asking = fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body, signal: leave.signal })
  await Promise.race([arrived, asking])
  leave.abort()
  await assert.rejects(asking, { name: 'AbortError' })
  await slow.asked[0].closed // before anything was answered: only the request's signal tells
})

test('without its secrets the folder for Workers says which are missing, and what they mean is not called', async (t) => {
  const broken = await down(t)
  const url = await workerd(t, exported('worker', broken), {})
  assert.deepEqual((await (await fetch(`${url}/_/health`)).json()).missing_secrets.sort(), Object.keys(SECRETS).sort())
  const gpt = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 })
  await assert.rejects(gpt.chat.completions.create({ model: 'acme/parrot', messages: user('hello') }), (e) => e.status >= 500)
  assert.equal(broken.asked.length, 0)
})

test('wrangler takes the folder for Workers', async (t) => {
  const dir = exported('worker', await down(t))
  const out = mkdtempSync(join(made, 'wrangler-'))
  const env = { ...process.env, HOME: out, XDG_CONFIG_HOME: out, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' }
  const said = execFileSync(join(BIN, 'wrangler'), ['deploy', '--dry-run', '--outdir', out], { cwd: dir, env, encoding: 'utf8' })
  assert.match(said, /env\.LEDGER \(Ledger\)/)
  assert.doesNotMatch(said, /WARNING|ERROR/)
  const names = readdirSync(out)
  for (const end of ['index.js', '-strowger.json', '-strowger.wasm']) assert.ok(names.some((n) => n.endsWith(end)), `no ${end} among ${names}`)
})

/** example serves a folder that was exported for WASI hosts. */
async function example(t, command, args) {
  const given = args(exported('wasi', t.broken))
  const child = spawn(command || given.shift(), given, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...SECRETS } })
  t.ctx.after(() => ended(child))
  const [line] = await lines(child.stdout, /\d\n/)
  return /http:\S+/.exec(line)[0]
}

const given = (dir, name) => [join(dir, name), join(dir, 'strowger.wasm'), join(dir, 'strowger.json'), '0']

/** built is the program of a folder's main.go, by the commands of its README.md: what is built has to lie elsewhere for nobody. */
function built(dir) {
  const readme = readFileSync(join(dir, 'README.md'), 'utf8')
  const [init, tidy, run] = /(go mod init .*)\n *(go mod tidy)\n *(go run \. .*)/.exec(readme).slice(1)
  for (const command of [init.replace('PATH/TO/strowger', ROOT), tidy, 'go build -o host .']) execFileSync('sh', ['-c', command], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  return [join(dir, 'host'), ...run.split(' ').slice(3, 5).map((name) => join(dir, name)), '0']
}

for (const [name, command, args] of [
  ['node.mjs', 'node', (dir) => given(dir, 'node.mjs')],
  ['deno.ts', join(BIN, 'deno'), (dir) => ['run', '--quiet', '--allow-net', '--allow-env', '--allow-read', ...given(dir, 'deno.ts')]],
  ['main.go', '', built],
]) {
  test(`${name} of the folder for WASI hosts serves the SDKs, with a fallback`, async (t) => {
    const broken = await down(t)
    await answers(await example({ ctx: t, broken }, command, args), broken)
  })
}
