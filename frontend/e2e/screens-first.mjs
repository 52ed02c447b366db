// The first minutes: a Strowger of its own on a machine where nothing is set up, from there to an answer.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const KEY = 'sk-first-0123456789-wXyZ'
const chip = (page) => page.locator('header .chip')

/** A provider that knows one key. */
async function serveProvider() {
  const server = http.createServer(async (req, res) => {
    let body = ''
    for await (const part of req) body += part
    const json = (status, value) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (req.headers.authorization !== `Bearer ${KEY}`) return json(401, { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' } })
    const { model, stream } = JSON.parse(body)
    const usage = { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 }
    if (!stream) return json(200, { id: 'c1', object: 'chat.completion', created: 1, model, choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }], usage })
    const chunk = (more) => `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model, ...more })}\n\n`
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'ok' }, finish_reason: null }] }))
    res.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
    res.end(chunk({ choices: [], usage }) + 'data: [DONE]\n\n')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}/v1` }
}

/** Runs a check over `strowger serve` with an empty home; what is known of providers is one of them. */
const alone = (program, check) => async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'strowger-first-'))
  const { server, url } = await serveProvider()
  const config = join(home, '.config', 'strowger')
  await mkdir(config, { recursive: true })
  await writeFile(join(config, 'catalog.txt'), `provider harbour openai url=${url} keys=HARBOUR_API_KEY\nendpoint house/large harbour large in=2000000 out=8000000 from=test@2026-01-02\nendpoint house/small harbour small in=100000 out=400000 from=test@2026-01-02\n`)
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0'], { cwd: home, env: { PATH: process.env.PATH, HOME: home, OLLAMA_HOST: '127.0.0.1:1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (b) => (said += b))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    let origin = ''
    for await (const line of createInterface({ input: child.stdout })) {
      said += line
      origin = /^dashboard: (http:\/\/[^/]+)/.exec(line)?.[1] ?? ''
      if (origin) break
    }
    assert.ok(origin, said)
    child.stdout.on('data', (b) => (said += b))
    await check({ ...t, origin }, { home, config })
    assert.ok(!said.includes('0123456789'), 'the key is in what strowger prints')
  } finally {
    child.kill('SIGTERM')
    await ended
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(home, { recursive: true, force: true })
  }
}

export const firstChecks = (program) => ({
  'first run: a key is missing, is pasted, is tried, and a request that works stands there': alone(program, async (t, { home, config }) => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await t.open({ at: t.origin, hash: '#/overview', colorScheme })
      await page.getByRole('heading', { name: 'No provider yet' }).waitFor()
      await chip(page).getByText('no provider yet').waitFor()
      await page.getByLabel('Key', { exact: true }).waitFor()
      assert.equal(await page.locator('pre').count(), 0, 'no request that would be a 404')
      await t.axe(page, `first run, ${colorScheme}`)
      await t.shot(page, `first-run-${colorScheme}`)
      await page.setViewportSize({ width: 480, height: 900 })
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'wider than a narrow page')
      await page.context().close()
    }
    const page = await t.open({ at: t.origin, hash: '#/overview' })
    const paste = async (key) => {
      await page.getByLabel('Key', { exact: true }).fill(key)
      await page.getByRole('button', { name: 'Save and try it' }).click()
    }
    await paste('sk-wrong-0123456789-aaaa')
    await page.getByText('harbour refuses the key').waitFor()
    assert.equal(await page.getByLabel('Key', { exact: true }).inputValue(), '', 'the key does not stay on the page')
    await paste(KEY)
    await page.getByText(/The key works: harbour answered in /).waitFor()
    await chip(page).getByText('serving').waitFor()
    await t.axe(page, 'first run, key saved')
    await t.shot(page, 'first-run-saved')
    const command = await page.locator('pre').innerText()
    assert.match(command, /"house\/small"/)
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('curl ', 'curl -s ')])
    assert.match(stdout, /Hello\./)
    await page.getByRole('list', { name: 'Figures of this time' }).waitFor()

    assert.equal((await stat(join(config, 'secrets', 'harbour'))).mode & 0o777, 0o600)
    assert.equal((await readFile(join(config, 'secrets', 'harbour'), 'utf8')).trim(), KEY)
    for (const file of await readdir(home, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || file.parentPath.endsWith('secrets')) continue
      assert.ok(!(await readFile(join(file.parentPath, file.name), 'latin1')).includes('0123456789'), `the key is in ${file.name}`)
    }
    await page.goto(`${t.origin}/_/#/providers`)
    await page.getByRole('button', { name: 'Add a key…' }).click()
    await page.getByRole('dialog', { name: 'Add a key' }).getByRole('option', { name: 'harbour (replaces its key)' }).waitFor({ state: 'attached' })
    await t.axe(page, 'add a key')
  }),
})
