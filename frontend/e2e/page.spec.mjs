// The page in a real Chromium, over running Strowgers or over the stub; the same checks for both.
//
//   npm run e2e                                                      over the stub
//   STROWGER_URL=http://127.0.0.1:8787 STROWGER_MODEL=a/b \
//   STROWGER_FALLBACK_MODEL=a/c npm run e2e                          over a running one
//
// STROWGER_URL may name several, with spaces between: each makes checks one after the other, all at the
// same time. Over the stub two make them (WORKERS), each check with a stub of its own.
// STROWGER_MODEL is a model that answers; STROWGER_FALLBACK_MODEL one whose first endpoint fails and
// whose second answers. STROWGER_KEY is sent as a bearer token where the listener asks for one.
// STROWGER_PROGRAM is strowger, for checks that change the configuration or start one of their own: see
// screens-served.mjs and screens-first.mjs.
// CHROMIUM is the browser, /usr/bin/chromium when it is not set. Screenshots go to shots/.
import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { checks, stubChecks } from './checks.mjs'
import { alone, checks as liveChecks, stubChecks as liveStubChecks } from './screens-live.mjs'
import { firstChecks } from './screens-first.mjs'
import { figureChecks } from './screens-figures.mjs'
import { policyChecks } from './screens-policy.mjs'
import { servedChecks } from './screens-served.mjs'
import { setupChecks } from './screens-setup.mjs'
import { Part } from './stub-live.mjs'
import { Stub } from './stub.mjs'

const root = new URL('..', import.meta.url).pathname
const shots = join(root, 'shots')
mkdirSync(shots, { recursive: true })
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const origins = (process.env.STROWGER_URL ?? '').split(' ').filter(Boolean).map((o) => o.replace(/\/+$/, ''))
const stubbed = origins.length === 0
const model = process.env.STROWGER_MODEL ?? (stubbed ? 'demo/steady' : '')
const fallbackModel = process.env.STROWGER_FALLBACK_MODEL ?? (stubbed ? 'demo/fallback' : '')
if (model === '') {
  console.error('STROWGER_MODEL is needed with STROWGER_URL: a model that answers')
  process.exit(2)
}

// The suggestions of the address bar are two hidden pages with every window, which take half of the time that one
// takes to open. The flag replaces Playwright's own: what that turns off stays off.
const without = [
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup',
  'AimEnabled', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsFirstBalancedModeAutoEnable', 'HttpsUpgrades', 'LensOverlay',
  'MediaRouter', 'NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding', 'PreconnectToSearch', 'ThirdPartyStoragePartitioning',
]
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', `--disable-features=${without}`,
  ],
})

/** What a check is given. Every page it opens is watched for console errors. */
function tools(origin, stub, said, noise) {
  const contexts = []
  const part = stub ? new Part(stub) : null
  if (part) stub.parts.push(part.answer)
  return {
    contexts,
    origin,
    model,
    fallbackModel,
    stub,
    part,
    say: (text) => said.push(`      ${text}`),
    shot: (page, name) => page.screenshot({ path: join(shots, `${name}.png`) }),

    async open({ hash = '#/requests', colorScheme = 'light', quiet = false, blocked = false, width = 1280, at = origin } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
      contexts.push(context)
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: at })
      if (blocked) await context.route('**/_/api/**', (route) => route.abort())
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      if (!quiet) {
        page.on('console', (m) => m.type() === 'error' && noise.push(`console: ${m.text()}`))
        page.on('pageerror', (e) => noise.push(`page: ${e.message}`))
      }
      await page.goto(`${at}/_/${hash}`)
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
      if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
      // What is in order need not be described, and no rule here needs the style sheets once more.
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], preload: false }))
      const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
      if (found.length > 0) throw new Error(`axe, ${what}: ${found.join('; ')}`)
    },
  }
}

let failures = 0

/** Makes one check, over a Strowger or a stub of its own. */
async function make(name, check, origin) {
  const [said, noise] = [[], []]
  const stub = origin === undefined ? new Stub() : null
  const t = tools(origin ?? (await stub.listen()), stub, said, noise)
  const began = Date.now()
  try {
    const skipped = await check(t)
    if (noise.length > 0) throw new Error(noise.join('; '))
    console.log([...said, skipped ? `skip  ${name}: ${skipped}` : `ok    ${name} (${Date.now() - began} ms)`].join('\n'))
  } catch (e) {
    failures++
    console.log([...said, `FAIL  ${name}`, ...String(e?.message ?? e).split('\n')].join('\n      '))
    for (const c of t.contexts) for (const p of c.pages()) await t.shot(p, `failed-${failures}`).catch(() => {})
  } finally {
    await Promise.all(t.contexts.map((c) => c.close()))
    await stub?.close()
  }
}

const program = process.env.STROWGER_PROGRAM
const all = { ...(program ? { ...firstChecks(program), ...servedChecks(program) } : {}), ...checks, ...liveChecks, ...(stubbed ? { ...liveStubChecks, ...stubChecks, ...figureChecks, ...setupChecks, ...policyChecks } : {}) }
// ONLY is a regular expression: the checks whose names fit.
const only = new RegExp(process.env.ONLY ?? '')
const fitting = (some) => Object.entries(some).filter(([name]) => only.test(name))
for (const [name, check] of fitting(alone)) await make(name, check, origins[0])
const left = fitting(all)
const workers = stubbed ? Array.from({ length: Number(process.env.WORKERS ?? 2) }) : origins
await Promise.all(
  workers.map(async (origin) => {
    for (let next = left.shift(); next; next = left.shift()) await make(...next, origin)
  }),
)
await browser.close()
console.log(`${failures === 0 ? 'all passed' : `${failures} failed`}, over ${stubbed ? 'the stub' : origins.join(' and ')}`)
process.exit(failures === 0 ? 0 : 1)
