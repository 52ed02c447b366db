// The page in a real Chromium, over a running Strowger or over the stub; the same checks for both.
//
//   npm run e2e                                                      over the stub
//   STROWGER_URL=http://127.0.0.1:8787 STROWGER_MODEL=a/b \
//   STROWGER_FALLBACK_MODEL=a/c npm run e2e                          over a running one
//
// STROWGER_MODEL is a model that answers; STROWGER_FALLBACK_MODEL one whose first endpoint fails and
// whose second answers. STROWGER_KEY is sent as a bearer token where the listener asks for one.
// CHROMIUM is the browser, /usr/bin/chromium when it is not set. Screenshots go to shots/.
import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { checks, stubChecks } from './checks.mjs'
import { Stub } from './stub.mjs'

const root = new URL('..', import.meta.url).pathname
const shots = join(root, 'shots')
mkdirSync(shots, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const stub = process.env.STROWGER_URL ? null : new Stub()
const origin = (process.env.STROWGER_URL ?? (await stub.listen())).replace(/\/+$/, '')
const model = process.env.STROWGER_MODEL ?? (stub ? 'demo/steady' : '')
const fallbackModel = process.env.STROWGER_FALLBACK_MODEL ?? (stub ? 'demo/fallback' : '')
if (model === '') {
  console.error('STROWGER_MODEL is needed with STROWGER_URL: a model that answers')
  process.exit(2)
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
})

/** What a check is given. Every page it opens is watched for console errors. */
function tools(noise) {
  const contexts = []
  return {
    contexts,
    origin,
    model,
    fallbackModel,
    stub,
    shot: (page, name) => page.screenshot({ path: join(shots, `${name}.png`) }),

    async open({ hash = '', colorScheme = 'light', quiet = false, blocked = false, width = 1280 } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
      contexts.push(context)
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
      if (blocked) await context.route('**/_/api/**', (route) => route.abort())
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      if (!quiet) {
        page.on('console', (m) => m.type() === 'error' && noise.push(`console: ${m.text()}`))
        page.on('pageerror', (e) => noise.push(`page: ${e.message}`))
      }
      await page.goto(`${origin}/_/${hash}`)
      return page
    },

    /** Sends one request as a client would; gives the decision's id. */
    async send(name = model) {
      const headers = { 'content-type': 'application/json' }
      if (process.env.STROWGER_KEY) headers.authorization = `Bearer ${process.env.STROWGER_KEY}`
      const answer = await fetch(`${origin}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: name, max_tokens: 16, messages: [{ role: 'user', content: 'Say hello.' }] }),
      })
      await answer.text()
      const id = answer.headers.get('x-strowger-decision')
      if (!id) throw new Error(`status ${answer.status} without x-strowger-decision`)
      return id
    },

    async axe(page, what) {
      // Colours are judged at rest, not in the middle of a row's arrival.
      await page.waitForFunction(() => document.getAnimations().every((a) => a.effect?.getTiming().iterations === Infinity))
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() => globalThis.axe.run(document))
      const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
      if (said.length > 0) throw new Error(`axe, ${what}: ${said.join('; ')}`)
    },
  }
}

let failures = 0
const all = { ...checks, ...(stub ? stubChecks : {}) }
for (const [name, check] of Object.entries(all)) {
  const noise = []
  const t = tools(noise)
  const began = Date.now()
  try {
    const skipped = await check(t)
    if (noise.length > 0) throw new Error(noise.join('; '))
    console.log(skipped ? `skip  ${name}: ${skipped}` : `ok    ${name} (${Date.now() - began} ms)`)
  } catch (e) {
    failures++
    console.log(`FAIL  ${name}\n      ${String(e?.message ?? e).replaceAll('\n', '\n      ')}`)
    for (const c of t.contexts) for (const p of c.pages()) await t.shot(p, `failed-${failures}`).catch(() => {})
  } finally {
    await Promise.all(t.contexts.map((c) => c.close()))
  }
}
await browser.close()
await stub?.close()
console.log(`${failures === 0 ? 'all passed' : `${failures} failed`}, over ${stub ? 'the stub' : origin}`)
process.exit(failures === 0 ? 0 : 1)
