// What the page must do, as checks by name. A check throws when it fails and returns a reason when
// it cannot be made; `checks` hold over any Strowger, `stubChecks` need to break the server.
import assert from 'node:assert/strict'

const row = (page, id) => page.locator(`[role=row][data-id="${id}"]`)
const rows = (page) => page.locator('[role=row][data-id]')
const pane = (page) => page.getByRole('region', { name: 'Decision', exact: true })
const chip = (page) => page.locator('header .chip')
const current = (page) => page.locator('[role=row].current')
const hashOf = (page) => new URL(page.url()).hash

/** Two rows at least, of which one is the newest. */
async function seeded(t) {
  const older = await t.send()
  const newer = await t.send()
  return { older, newer }
}

export const checks = {
  async 'the page loads under its policy'(t) {
    const answer = await fetch(`${t.origin}/_/`)
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    const page = await t.open()
    await page.getByRole('heading', { level: 1, name: 'Strowger' }).waitFor()
    await chip(page).getByText('serving').waitFor()
    assert.match(await page.locator('header code').innerText(), /^https?:\/\/.+/)
  },

  async 'an empty page says what to do next'(t) {
    const status = await (await fetch(`${t.origin}/_/api/decisions?limit=1`)).json()
    if (status.rows.length > 0) return 'decisions are recorded already'
    const page = await t.open()
    await page.getByRole('heading', { name: 'Waiting for the first request' }).waitFor()
    await page.getByText('curl http').waitFor()
    const { data } = await (await fetch(`${t.origin}/v1/models`)).json()
    const ids = data.map((m) => m.id)
    const names = (ids) => ids.some((id) => document.querySelector('pre').textContent.includes(`"${id}"`))
    if (ids.length > 0) await page.waitForFunction(names, ids)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await t.axe(page, `empty, ${colorScheme}`)
      await t.shot(page, `page-empty-${colorScheme}`)
    }
  },

  async 'rows appear live, newest first, without a reload'(t) {
    const page = await t.open()
    await chip(page).getByText('serving').waitFor()
    const first = await t.send()
    await row(page, first).waitFor()
    const second = await t.send()
    await row(page, second).waitFor()
    assert.equal(await rows(page).first().getAttribute('data-id'), second)
    const time = row(page, second).locator('time')
    assert.match(await time.getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC$/)
    await row(page, second).getByText(t.model).first().waitFor()
    await row(page, second).getByText(/ok$/).waitFor()
  },

  async 'a fallback shows its chain'(t) {
    if (!t.fallbackModel) return 'STROWGER_FALLBACK_MODEL is not set'
    const page = await t.open()
    await chip(page).getByText('serving').waitFor()
    const id = await t.send(t.fallbackModel)
    await row(page, id).getByText('ok after fallback').waitFor()
    const chain = await row(page, id).locator('.chips').innerText()
    assert.match(chain, /✕[\s\S]*›[\s\S]*✓/)
    const spoken = await row(page, id).locator('.chain .offscreen').first().innerText()
    assert.match(spoken, /failed: .+, .+ answered/)
  },

  async 'a click shows why, the attempts and the candidates'(t) {
    const id = await t.send(t.fallbackModel || t.model)
    const page = await t.open()
    await row(page, id).click()
    const why = pane(page).locator('.why')
    await why.waitFor()
    assert.ok((await why.innerText()).length > 10, 'the why is a sentence')
    await pane(page).getByRole('region', { name: 'Table of candidates' }).locator('tbody tr').first().waitFor()
    assert.ok((await pane(page).locator('svg[role=img]').count()) >= 1, 'bars')
    await pane(page).getByText('The same as a table').click()
    const bars = await pane(page).locator('svg[role=img]').count()
    assert.equal(await pane(page).getByRole('region', { name: 'Table of attempts' }).locator('tbody tr').count(), bars)
    await pane(page).getByText('Raw record, without prompts and secrets', { exact: true }).click()
    const raw = JSON.parse(await pane(page).locator('pre').innerText())
    assert.equal(raw.id, id)
    assert.equal(hashOf(page), `#/requests?id=${id}`)
    await pane(page).getByRole('button', { name: 'Copy link' }).click()
    await pane(page).getByText('Copied').first().waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${t.origin}/_/#/requests?id=${id}`)
  },

  async 'auto mode shows how it chose, and takes what is said of the answer'(t) {
    const id = await t.send('auto')
    for (const colorScheme of ['light', 'dark']) {
      const page = await t.open({ hash: `#/requests?id=${id}`, colorScheme })
      const choice = pane(page).locator('section', { has: page.getByRole('heading', { name: 'Choice of the model' }) })
      await choice.getByText('balanced').first().waitFor()
      const table = choice.getByRole('region', { name: 'Table of models' })
      assert.ok((await table.locator('tbody tr').count()) >= 2, 'the models of the pool')
      assert.equal(await table.locator('tbody tr td').first().innerText(), '1')
      const good = choice.getByRole('button', { name: 'Good answer' })
      const bad = choice.getByRole('button', { name: 'Bad answer' })
      assert.equal(await bad.getAttribute('aria-disabled'), 'false')
      await good.focus()
      await page.keyboard.press('Tab')
      assert.ok(await bad.evaluate((e) => e === document.activeElement), 'the thumbs are reached by Tab')
      await page.keyboard.press('Space')
      await choice.getByRole('status').getByText('Kept.').waitFor()
      assert.deepEqual([await bad.getAttribute('aria-pressed'), await good.getAttribute('aria-pressed')], ['true', 'false'])
      await choice.getByText('Learned from your traffic').click()
      await choice.getByText(/^0 good and 1 bad outcomes are kept\.$/).waitFor()
      await t.axe(page, `auto, ${colorScheme}`)
      await t.shot(page, `page-auto-${colorScheme}`)
    }
  },

  async 'j, k, Enter and Escape move, open and close'(t) {
    const { older, newer } = await seeded(t)
    const page = await t.open()
    await row(page, newer).waitFor()
    await page.keyboard.press('j')
    assert.equal(await current(page).getAttribute('data-id'), newer)
    await page.keyboard.press('j')
    assert.equal(await current(page).getAttribute('data-id'), older)
    await page.keyboard.press('k')
    assert.equal(await current(page).getAttribute('data-id'), newer)
    assert.ok(await row(page, newer).evaluate((e) => e === document.activeElement), 'the row has the focus')
    assert.equal(await pane(page).count(), 0)
    await page.keyboard.press('Enter')
    await pane(page).locator('.why').waitFor()
    assert.ok(await pane(page).evaluate((e) => e === document.activeElement), 'the pane has the focus')
    await page.keyboard.press('j')
    await page.waitForFunction((id) => location.hash === `#/requests?id=${id}`, older)
    await page.keyboard.press('Escape')
    await pane(page).waitFor({ state: 'detached' })
    assert.equal(hashOf(page), '#/requests')
  },

  async 'the list is reached by Tab, its rows by arrows'(t) {
    const { older, newer } = await seeded(t)
    const page = await t.open()
    await row(page, newer).waitFor()
    await page.getByRole('button', { name: /^Pause/ }).focus()
    await page.keyboard.press('Tab')
    assert.ok(await row(page, newer).evaluate((e) => e === document.activeElement), 'the newest row has the focus')
    await page.keyboard.press('ArrowDown')
    assert.equal(await current(page).getAttribute('data-id'), older)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.waitForFunction((id) => location.hash === `#/requests?id=${id}`, newer)
  },

  async 'the filter narrows and is part of the address'(t) {
    const id = await t.send()
    const page = await t.open()
    await row(page, id).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(`${id.slice(-12)}`)
    await page.waitForFunction(() => document.querySelectorAll('[role=row][data-id]').length === 1)
    assert.equal(await rows(page).first().getAttribute('data-id'), id)
    assert.equal(hashOf(page), `#/requests?q=${id.slice(-12)}`)
    await page.keyboard.type('nothing-like-it')
    await page.getByText('No decision matches').waitFor()
    await page.keyboard.press('Escape')
    await row(page, id).waitFor()
    assert.equal(hashOf(page), '#/requests')
  },

  async 'an address leads to its decision and filter'(t) {
    const id = await t.send()
    const page = await t.open({ hash: `#/requests?id=${id}&q=${id.slice(-12)}` })
    await pane(page).locator('.why').waitFor()
    assert.equal(await page.locator('#filter').inputValue(), id.slice(-12))
    await page.waitForFunction(() => document.querySelectorAll('[role=row][data-id]').length === 1)
    const lost = await t.open({ hash: '#/requests?id=no-such-decision', quiet: true })
    await pane(lost).getByRole('alert').waitFor()
    await pane(lost).getByRole('button', { name: 'Copy error' }).waitFor()
  },

  async 'a pause holds new rows back and counts them'(t) {
    const page = await t.open()
    await chip(page).getByText('serving').waitFor()
    const shown = await t.send()
    await row(page, shown).waitFor()
    await page.keyboard.press('.')
    const held = await t.send()
    await page.getByText('+1 new').waitFor()
    assert.equal(await row(page, held).count(), 0)
    await page.keyboard.press('.')
    await row(page, held).waitFor()
  },

  async 'a selected row stays in its place while others arrive'(t) {
    const page = await t.open()
    await chip(page).getByText('serving').waitFor()
    // A list shorter than its box cannot scroll.
    const room = () => page.evaluate(() => ((list) => (list ? list.scrollHeight - list.clientHeight : 0))(document.querySelector('.list')))
    for (let tens = 0; tens < 6 && (await room()) < 100; tens++) {
      const ids = await Promise.all(Array.from({ length: 10 }, () => t.send()))
      await page.waitForFunction((ids) => ids.some((id) => document.querySelector(`[data-id="${id}"]`)), ids)
    }
    await page.keyboard.press('j')
    const id = await current(page).getAttribute('data-id')
    const { y } = await current(page).boundingBox()
    await row(page, await t.send()).waitFor({ state: 'attached' })
    await page.waitForFunction(({ id, y }) => Math.abs(document.querySelector(`[data-id="${id}"]`).getBoundingClientRect().y - y) < 2, { id, y })
  },

  async 'the proxy address can be copied'(t) {
    const page = await t.open()
    await page.getByRole('button', { name: 'Copy proxy address' }).click()
    await page.getByText('Copied').first().waitFor()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator('header code').innerText())
  },

  async 'a proxy that does not answer is told, with cause and copy'(t) {
    const page = await t.open({ quiet: true, blocked: true })
    await chip(page).getByText('reconnecting').waitFor()
    await page.getByText('the proxy does not answer').waitFor()
    await page.getByRole('button', { name: 'Copy error' }).waitFor()
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await t.axe(page, `failing, ${colorScheme}`)
      await t.shot(page, `page-failing-${colorScheme}`)
    }
  },

  async 'light and dark, wide and narrow: axe finds nothing'(t) {
    const id = await t.send(t.fallbackModel || t.model)
    const page = await t.open()
    const size = (width) => page.setViewportSize({ width, height: 800 })
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await size(1280)
      await row(page, id).waitFor()
      await t.axe(page, `list, ${colorScheme}`)
      await t.shot(page, `page-list-${colorScheme}`)
      await row(page, id).click()
      await pane(page).locator('.why').waitFor()
      await pane(page).getByText('The same as a table').click()
      await pane(page).getByText('Raw record, without prompts and secrets', { exact: true }).click()
      await t.axe(page, `detail, ${colorScheme}`)
      await t.shot(page, `page-detail-${colorScheme}`)
      await size(390)
      await t.axe(page, `narrow detail, ${colorScheme}`)
      await t.shot(page, `page-narrow-detail-${colorScheme}`)
      await page.keyboard.press('Escape')
      await pane(page).waitFor({ state: 'detached' })
      await t.axe(page, `narrow list, ${colorScheme}`)
      await t.shot(page, `page-narrow-${colorScheme}`)
    }
  },

  async 'nothing is fetched from elsewhere'(t) {
    const page = await t.open({ hash: '#/requests?q=x' })
    const foreign = []
    page.on('request', (r) => new URL(r.url()).origin !== t.origin && foreign.push(r.url()))
    await page.reload()
    await chip(page).getByText('serving').waitFor()
    assert.deepEqual(foreign, [])
  },
}

export const stubChecks = {
  async 'where nothing is learned the thumbs say why and do nothing'(t) {
    const id = await t.send('auto')
    t.stub.learn = false
    const page = await t.open({ hash: `#/requests?id=${id}` })
    const good = pane(page).getByRole('button', { name: 'Good answer' })
    await pane(page).getByText('Learning is off: routing.auto.learn.').first().waitFor()
    assert.equal(await good.getAttribute('aria-disabled'), 'true')
    await good.focus()
    await page.keyboard.press('Enter')
    await t.axe(page, 'learning is off')
    assert.equal(t.stub.verdicts.size, 0)
    assert.equal(await good.getAttribute('aria-pressed'), 'false')
  },

  async 'a lost connection is told, and made good when it is back'(t) {
    const page = await t.open({ quiet: true })
    await chip(page).getByText('serving').waitFor()
    const port = Number(new URL(t.origin).port)
    await t.stub.close()
    await chip(page).getByText('reconnecting').waitFor()
    const missed = t.stub.add(t.model).id
    await t.stub.reopen(port)
    await chip(page).getByText('serving').waitFor()
    await row(page, missed).waitFor()
    assert.equal(await rows(page).first().getAttribute('data-id'), missed)
  },

  async 'a store that fails is told'(t) {
    t.stub.store.ok = false
    t.stub.store.message = 'disk is full'
    const page = await t.open()
    await page.getByText('disk is full').waitFor()
    await t.axe(page, 'failing store')
  },

  async 'without events the page polls'(t) {
    const page = await t.open({ hash: '#/requests', quiet: true })
    await page.addInitScript(() => (globalThis.runtime = {}))
    await page.reload()
    await chip(page).getByText('serving').waitFor()
    const id = await t.send()
    await row(page, id).waitFor()
    const names = await page.evaluate(() => performance.getEntriesByType('resource').map((e) => e.name))
    assert.ok(!names.some((n) => n.endsWith('/events')), 'no event stream was opened')
  },
}
