// The shell, the overview and the requests: what they must do, and how fast.
import assert from 'node:assert/strict'
import { flight } from './stub-live.mjs'
import { mix } from './stub-scenarios.mjs'

const row = (page, id) => page.locator(`[role=row][data-id="${id}"]`)
const rows = (page) => page.locator('[role=row][data-id]')
const pane = (page) => page.getByRole('region', { name: 'Decision', exact: true })
const chip = (page) => page.locator('header .chip')
const hashOf = (page) => new URL(page.url()).hash
const shown = (page, n) => page.waitForFunction((n) => document.querySelectorAll('[role=row][data-id]').length === n, n)

/** A day of made-up work, once. */
function work(t, n = 60) {
  for (let i = t.stub.reports.length; i < n; i++) t.stub.add(mix[i % mix.length], new Date(Date.now() - (n - i) * 7_000))
}

/** Reads how long the page's main thread has been at work, in seconds of its own: others on the machine do not count. */
async function worker(page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => (await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value
}

/** What others at work would disturb. */
export const alone = {
  async 'the first paint comes within a second'(t) {
    const page = await t.open({ hash: '#/overview' })
    await chip(page).getByText('serving').waitFor()
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
    t.say(`first contentful paint ${Math.round(paint)} ms`)
    assert.ok(paint < 1_000, `${paint} ms`)
  },
}

export const checks = {
  async 'commands by keyboard: screens, times, a decision by its ID'(t) {
    const id = await t.send()
    const page = await t.open({ hash: '#/overview' })
    await chip(page).getByText('serving').waitFor()
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('dialog', { name: 'Commands' })
    await palette.getByRole('combobox').waitFor()
    await t.axe(page, 'commands')
    await t.shot(page, 'shell-commands')
    await page.keyboard.type('requ')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => location.hash.startsWith('#/requests'))
    await page.keyboard.press('Control+k')
    await page.keyboard.type(id)
    await page.keyboard.press('Enter')
    await page.waitForFunction((id) => location.hash === `#/requests?id=${id}`, id)
    await pane(page).locator('.why').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('last 24')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => location.hash.includes('range=24h'))
    assert.equal(await palette.count(), 0)
  },

  async 'a question mark shows the keys, g and a letter go to a screen'(t) {
    const page = await t.open({ hash: '#/overview' })
    await chip(page).getByText('serving').waitFor()
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keys' })
    await keys.getByText('previous item of what is open').waitFor()
    await t.axe(page, 'keys')
    await t.shot(page, 'shell-keys')
    await page.keyboard.press('Escape')
    await keys.waitFor({ state: 'detached' })
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.waitForFunction(() => location.hash.startsWith('#/requests'))
  },

  async 'a time of one’s own stands in the address, and the back button leaves it'(t) {
    const page = await t.open({ hash: '#/overview' })
    await page.getByLabel('Time range').selectOption('custom')
    const dialog = page.getByRole('dialog', { name: 'Time range' })
    await dialog.getByLabel('From').fill('2026-01-02T03:00:00')
    await dialog.getByLabel('To').fill('2026-01-02T02:00:00')
    await dialog.getByText('The end must lie behind the beginning.').waitFor()
    await dialog.getByLabel('To').fill('2026-01-02T04:30:00')
    await t.axe(page, 'a time of one’s own')
    await dialog.getByRole('button', { name: 'Show this time' }).click()
    await page.waitForFunction(() => location.hash.includes('%7E'))
    assert.equal(await page.getByLabel('Time range').locator('option:checked').innerText(), 'Jan 2 03:00 – 04:30')
    await page.goBack()
    await page.waitForFunction(() => !location.hash.includes('%7E'))
  },

  async 'a theme is chosen, kept, and goes before what the system says'(t) {
    const page = await t.open({ hash: '#/overview', colorScheme: 'light' })
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await ground()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('dark')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
    const dark = await ground()
    assert.notEqual(light, dark)
    await page.reload()
    await chip(page).getByText('serving').waitFor()
    assert.equal(await ground(), dark)
  },

  async 'the filter knows fields, completes them and says what it does not know'(t) {
    const id = await t.send(t.fallbackModel || t.model)
    const page = await t.open()
    await row(page, id).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('outc')
    await page.getByRole('option', { name: /^outcome:/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.type('ok')
    await page.waitForFunction(() => location.hash === '#/requests?q=outcome%3Aok')
    await row(page, id).waitFor()
    await page.keyboard.type(` id:${id} `)
    await shown(page, 1)
    await page.keyboard.type('colour:red')
    await page.getByText('There is no field “colour”').waitFor()
    await t.axe(page, 'a filter with completions')
    await shown(page, 1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.press('ArrowDown')
    await page.getByRole('option', { name: new RegExp(`^outcome:ok id:${id}`) }).first().waitFor()
  },

  async 'brackets go to the next and the previous item of what is open'(t) {
    const older = await t.send()
    const newer = await t.send()
    const page = await t.open({ hash: `#/requests?id=${newer}` })
    await pane(page).locator('.why').waitFor()
    await row(page, older).waitFor() // the list may come after what is opened
    await page.keyboard.press(']')
    await page.waitForFunction((id) => location.hash === `#/requests?id=${id}`, older)
    await page.keyboard.press('[')
    await page.waitForFunction((id) => location.hash === `#/requests?id=${id}`, newer)
  },

  async 'a decision is made again, copied as a test and taken to what-if'(t) {
    const id = await t.send(t.fallbackModel || t.model)
    const page = await t.open({ hash: `#/requests?id=${id}`, quiet: t.stub !== null }) // a stub decides nothing
    await pane(page).getByText(/^. Made again.*equal$/).waitFor()
    await pane(page).getByRole('button', { name: 'Copy as test' }).click()
    await pane(page).getByText('Copied as a test').waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /expect:\s+plan:/)
    await pane(page).getByRole('button', { name: 'Try in what-if' }).click()
    await page.waitForFunction((id) => location.hash === `#/whatif?id=${id}`, id)
  },

  async 'what was asked and answered is shown as text, or why it is not kept'(t) {
    const id = await t.send()
    const page = await t.open({ hash: `#/requests?id=${id}` })
    await pane(page).getByText('What was asked and answered', { exact: true }).click()
    if (!t.stub) return pane(page).getByText(/^not kept: /).waitFor()
    assert.equal(await pane(page).getByRole('region', { name: 'Request', exact: true }).innerText(), '{"model":"<b>"}')
    await pane(page).getByText('Answer, 2,000,000 bytes, of which the beginning is kept').waitFor()
    await pane(page).getByRole('button', { name: 'Copy the request' }).click()
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === '{"model":"<b>"}')
    const patient = await t.send('demo/patient')
    await page.evaluate((id) => (location.hash = `#/requests?id=${id}`), patient)
    await pane(page).getByText('not kept: it came before record.bodies was on').waitFor()
  },

  async 'what is shown can be saved'(t) {
    const id = await t.send()
    const page = await t.open({ hash: `#/requests?q=${encodeURIComponent(`id:${id}`)}` })
    await shown(page, 1)
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Save these decisions as NDJSON' }).click()
    const download = await saved
    assert.match(download.suggestedFilename(), /\d{4}-\d\d-\d\d.*\.ndjson$/)
    const chunks = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk)
    const lines = Buffer.concat(chunks).toString().trim().split('\n')
    assert.deepEqual(lines.map((line) => JSON.parse(line).id), [id])
  },
}

export const stubChecks = {
  async '5,000 rows: few are in the document, none is lost, and no frame takes 50 ms'(t) {
    for (let i = 0; i < 5_600; i++) t.stub.add(mix[i % mix.length])
    const page = await t.open()
    await rows(page).first().waitFor()
    // All is pressed for by hand, a hundred at a time.
    while ((await page.getByRole('button', { name: 'Show older decisions' }).count()) === 0) await page.locator('.list').evaluate((e) => e.scrollTo(0, e.scrollHeight))
    await page.evaluate(async () => {
      const held = () => Number(document.querySelector('.count').textContent.replace(/\D/g, ''))
      while (held() < 5_000) {
        document.querySelector('.list').scrollTo(0, 1e9)
        await new Promise((r) => requestAnimationFrame(r))
        const older = [...document.querySelectorAll('.foot button')].find((b) => !b.disabled)
        older?.click()
      }
    })
    assert.ok((await rows(page).count()) < 60, `${await rows(page).count()} rows in the document`)
    const worked = await worker(page)
    const frames = []
    for (let i = 0; i <= 120; i++) {
      const before = await worked()
      await page.evaluate(async (part) => {
        const list = document.querySelector('.list')
        list.scrollTop = (list.scrollHeight - list.clientHeight) * part
        await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))
      }, (i <= 60 ? i : 120 - i) / 60)
      frames.push((await worked()) - before)
    }
    const longest = Math.max(...frames) * 1_000
    t.say(`longest of ${frames.length} frames ${longest.toFixed(1)} ms, the middle one ${(frames.sort((x, y) => x - y)[60] * 1_000).toFixed(1)} ms`)
    assert.ok(longest < 50, `${longest} ms`)
  },

  async '200 requests a second take at most a tenth of a core'(t) {
    work(t)
    const page = await t.open()
    await rows(page).first().waitFor()
    const timer = setInterval(() => {
      for (let i = 0; i < 50; i++) t.stub.add(mix[i % mix.length])
    }, 250)
    try {
      await page.waitForTimeout(1_500) // it has settled
      const worked = await worker(page)
      const [before, began] = [await worked(), Date.now()]
      await page.waitForTimeout(6_000)
      const share = ((await worked()) - before) / ((Date.now() - began) / 1_000)
      t.say(`main thread ${(share * 100).toFixed(1)} % busy`)
      assert.ok(share <= 0.1, `${(share * 100).toFixed(1)} %`)
    } finally {
      clearInterval(timer)
    }
  },

  async 'the overview: figures, latency, attention and what is used most'(t) {
    work(t)
    const page = await t.open({ hash: '#/overview' })
    await page.getByRole('list', { name: 'Figures of this time' }).getByText('Fallback rate').waitFor()
    await page.locator('figure canvas').waitFor()
    await page.getByText('The circuit of cheap/steady-1 is open').waitFor()
    await page.getByText(/reached: 12 requests refused since .*\d\d:42; /).waitFor()
    await page.getByText(/ a minute, 3 refused, 2 cached, 1 left by the caller, 1 cancelled$/).waitFor()
    await page.getByText(/ saved by caches$/).waitFor()
    const table = page.getByText('The same as a table').first()
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 1280, height: 800 })
      await t.axe(page, `overview, ${colorScheme}`)
      await t.shot(page, `overview-${colorScheme}`)
      await table.click()
      await page.getByRole('region', { name: 'How long answers take, as a table' }).locator('tbody tr').nth(20).waitFor()
      await page.setViewportSize({ width: 390, height: 844 })
      await t.axe(page, `narrow overview, ${colorScheme}`)
      await t.shot(page, `overview-narrow-${colorScheme}`)
      await table.click()
    }
  },

  async 'the overview: all is well, but for keys that were never tried'(t) {
    t.part.attention = []
    t.part.untried = ['deepseek', 'mistral']
    const page = await t.open({ hash: '#/overview' })
    await page.getByText(/Whether the keys work is not known of deepseek, mistral/).waitFor()
    assert.equal(await page.getByText(/keys work and prices are known/).count(), 0)
  },

  async 'drawing across the latency chooses a time, and the back button gives it back'(t) {
    const page = await t.open({ hash: '#/overview' })
    const box = await page.locator('figure canvas').boundingBox()
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, box.y + 80, { steps: 5 })
    await page.mouse.up()
    await page.waitForFunction(() => location.hash.includes('%7E'))
    await page.goBack()
    await page.waitForFunction(() => !location.hash.includes('%7E'))
  },

  async 'a tile leads to its screen with the time that is shown'(t) {
    const page = await t.open({ hash: '#/overview?range=6h' })
    await page.getByRole('link', { name: /^Answered/ }).click()
    await page.waitForFunction(() => location.hash === '#/requests?q=outcome%3Afailed&range=6h')
  },

  async 'an overview of a quiet time and of one that fails say what to do'(t) {
    work(t)
    t.part.empty = true
    const page = await t.open({ hash: '#/overview', quiet: true })
    await page.getByText('No request in the last 1h.').waitFor()
    await t.axe(page, 'quiet overview')
    await t.shot(page, 'overview-quiet')
    await page.getByRole('button', { name: 'Show the last 6h' }).click()
    await page.waitForFunction(() => location.hash.includes('range=6h'))
    t.part.empty = false
    t.part.failing = true
    const failing = await t.open({ hash: '#/overview', quiet: true })
    await failing.getByRole('alert').getByText('the store is being compacted').waitFor()
    await t.axe(failing, 'failing overview')
    await t.shot(failing, 'overview-failing')
    t.part.failing = false
    await failing.getByRole('button', { name: 'Try again' }).click()
    await failing.locator('figure canvas').waitFor()
  },

  async 'what degrades is said, and so is a pause'(t) {
    t.stub.degraded = [{ kind: 'circuit', text: 'cheap/steady-1 rests until 10:42' }, { kind: 'budget', text: 'The day’s budget is spent: requests are refused with 429 until midnight' }]
    const page = await t.open({ hash: '#/requests' })
    await chip(page).getByText('degraded').waitFor()
    await chip(page).click()
    await page.getByRole('dialog').getByText('cheap/steady-1 rests until 10:42').waitFor()
    await t.axe(page, 'degraded')
    await t.shot(page, 'shell-degraded')
    t.stub.degraded = []
    t.stub.emit('status', t.stub.status())
    await page.keyboard.press('Escape')
    await chip(page).getByText('serving').waitFor()
    await page.keyboard.press('.')
    await chip(page).getByText('paused').waitFor()
  },

  async 'what is going on stands on top and can be cancelled'(t) {
    work(t)
    t.stub.flights = [flight('f1', 4_200, { stage: 'streaming', bytes: 18_400 }), flight('f2', 71_000, { asked: 'demo/patient', attempt: 3 }), flight('f3', 200)]
    const page = await t.open()
    await rows(page).first().waitFor()
    t.stub.emit('inflight', { rows: t.stub.flights })
    const going = page.getByRole('list', { name: 'Going on now' })
    await going.getByText('demo/patient').waitFor()
    await going.getByText(/^1 m 1\d s$/).waitFor()
    await t.axe(page, 'going on')
    await t.shot(page, 'requests-going')
    await going.getByRole('button', { name: 'Cancel the request for demo/patient' }).click()
    await page.locator('[data-flight="f2"]').waitFor({ state: 'detached' })
    assert.deepEqual(t.part.cancelled, ['f2'])
    t.stub.flights = []
    t.stub.emit('inflight', { rows: [] })
    await going.waitFor({ state: 'detached' })
  },

  async 'a filter asks the proxy for what is further back'(t) {
    work(t)
    const old = t.stub.reports.find((r) => r.asked === 'demo/patient').id
    for (let i = 0; i < 450; i++) t.stub.add('demo/steady')
    const page = await t.open({ hash: '#/requests?q=cause%3Afirst_token_timeout' })
    await row(page, old).waitFor()
    assert.ok(t.part.asked.some((a) => a.includes('cause=first_token_timeout') && a.includes('before=')), 'the proxy was asked')
    await page.getByText('Everything that is recorded has been looked through').waitFor()
    await page.locator('#filter').fill('provider:nobody')
    await page.getByText('No decision matches').waitFor()
  },

  async 'a decision shows prices, margins, what would tip it and its cost part by part'(t) {
    work(t)
    const id = await t.send('demo/fallback')
    const odd = await t.send('demo/patient')
    const page = await t.open({ hash: `#/requests?id=${id}` })
    await pane(page).getByText('fast/steady-1 would go first if its time').waitFor()
    await pane(page).getByRole('region', { name: 'Parts of the cost' }).getByText('output').waitFor()
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await pane(page).evaluate((e) => (e.scrollTop = 0))
      await t.axe(page, `a whole decision, ${colorScheme}`)
      await t.shot(page, `requests-detail-${colorScheme}`)
      await pane(page).evaluate((e) => (e.scrollTop = 700))
      await t.shot(page, `requests-detail-below-${colorScheme}`)
    }
    await page.goto(`${t.origin}/_/#/requests?id=${odd}`)
    await pane(page).getByText('Made again, it comes out otherwise').click()
    await pane(page).getByText('at byte 412').waitFor()
  },
}
