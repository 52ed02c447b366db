// Fallbacks, Providers, Models and Costs, over the made-up hour of stub-hour.mjs.
import assert from 'node:assert/strict'
import { looks, over as overOf } from './looks.mjs'
import { Part } from './stub-figures.mjs'

const over = (check, change) => overOf(() => new Part(Date.now()), check, change)
const hashOf = (page) => new URL(page.url()).hash
const paramsOf = (page) => new URLSearchParams(hashOf(page).split('?')[1] ?? '')

const full = { fallbacks: /met a failure: another endpoint answered/, providers: /providers are ready;/, models: /No other is both cheaper and better/, costs: /of it went to anthropic/ }
const empty = { fallbacks: 'Nothing has passed through in this time.', providers: 'No provider is configured.', models: 'would take', costs: 'Nothing was spent in this time' }
const busy = 'the store is being compacted'

export const figureChecks = {
  ...looks('full', full, over),
  ...looks('empty', empty, over),
  ...looks('failing', { fallbacks: busy, providers: busy, models: busy, costs: busy }, over),

  'a failing screen is asked for again': over(
    async (t, part) => {
      const page = await t.open({ hash: '#/fallbacks', quiet: true })
      await page.getByText(busy).waitFor()
      part.failing = false
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText(full.fallbacks).waitFor()
      assert.equal(await page.getByText(busy).count(), 0)
    },
    (part) => (part.failing = true),
  ),

  'fallbacks: the outage is a sentence, a lane, a flow and a table': over(async (t) => {
    const page = await t.open({ hash: '#/fallbacks' })
    const sentence = page.getByText(/^azure failed \d+ times with “.+” \(503\) between \d\d:\d\d and \d\d:\d\d; openai took over \d+/)
    await sentence.waitFor()
    await page.getByText('Beside them: 3 refused, 2 cached, 1 left by the caller, 1 cancelled.').waitFor()
    const lanes = page.getByRole('group', { name: 'Failed attempts by provider over time' })
    const marks = lanes.getByRole('link', { name: /^azure: \d+ × server error/ })
    assert.ok((await marks.count()) >= 2, 'marks of the outage')
    const gathered = await marks.evaluateAll((all) => all.reduce((n, a) => n + Number(/: (\d+) ×/.exec(a.getAttribute('aria-label'))[1]), 0))
    assert.ok(gathered <= Number(/failed (\d+) times/.exec(await sentence.innerText())[1]), 'no mark is counted twice')
    await page.getByText('The same as a table').first().click()
    const table = page.getByRole('region', { name: 'Failed attempts by provider over time' })
    await table.getByRole('row', { name: /azure .* server error 503/ }).first().waitFor()
    await t.axe(page, 'fallbacks with its table')
  }),

  'fallbacks: a brush sets the range, and the incident’s link does so without a mouse': over(async (t) => {
    const page = await t.open({ hash: '#/fallbacks' })
    const plot = page.locator('svg.plot')
    await plot.waitFor()
    await plot.scrollIntoViewIfNeeded()
    const box = await plot.boundingBox()
    await page.mouse.move(box.x + 400, box.y + box.height - 60)
    await page.mouse.down()
    await page.mouse.move(box.x + 600, box.y + box.height - 60, { steps: 4 })
    await page.mouse.up()
    await page.waitForFunction(() => /range=\d{4}/.test(location.hash))
    const [from, to] = paramsOf(page).get('range').split('~').map((s) => Date.parse(s))
    assert.ok(to - from > 300_000 && to - from < 3_000_000, `${(to - from) / 60_000} minutes`)
    const other = await t.open({ hash: '#/fallbacks' })
    await other.getByRole('link', { name: /^Look at this time only: azure/ }).first().focus()
    await other.keyboard.press('Enter')
    await other.waitForFunction(() => /range=\d{4}/.test(location.hash))
    await other.getByText(/^azure failed \d+ times/).waitFor()
    await other.getByRole('button', { name: 'Back to the last hour' }).click()
    await other.waitForFunction(() => !location.hash.includes('range='))
  }),

  'fallbacks: a flow is reached by keys and leads to its requests': over(async (t) => {
    const page = await t.open({ hash: '#/fallbacks' })
    const flow = page.getByRole('link', { name: /^openai\/gpt-4o-mini to server error: \d+ requests$/ })
    await flow.focus()
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => location.hash.startsWith('#/requests'))
    assert.equal(paramsOf(page).get('q'), 'asked:openai/gpt-4o-mini cause:provider_error')
  }),

  'providers: a deep link, its table, its series, and back': over(async (t) => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await t.open({ hash: '#/providers?p=azure', colorScheme })
      await page.getByRole('heading', { level: 3, name: 'azure', exact: true }).waitFor()
      await page.getByText(/resting/).first().waitFor()
      const table = page.getByRole('region', { name: 'Endpoints' })
      assert.equal(await table.locator('tbody tr').count(), 2)
      assert.match(await table.locator('tbody a').first().getAttribute('href'), /^#\/requests\?id=/)
      await page.getByText(/^azure gave \d+ answers: half of the streams began within/).waitFor()
      await page.locator('.u-over').waitFor()
      await t.axe(page, `provider, ${colorScheme}`)
      await t.shot(page, `provider-detail-${colorScheme}`)
      await page.getByRole('link', { name: 'All providers' }).click()
      await page.waitForFunction(() => location.hash === '#/providers')
      await page.getByRole('link', { name: /^openai: endpoints/ }).click()
      await page.waitForFunction(() => location.hash === '#/providers?p=openai')
    }
  }),

  'providers: disabled by hand with an expiry, and enabled again': over(async (t, part) => {
    const page = await t.open({ hash: '#/providers?p=openai' })
    await page.getByRole('button', { name: 'Disable…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Disable openai' })
    await dialog.getByLabel('For how long').selectOption({ label: '4 hours' })
    await dialog.getByLabel(/^Why/).fill('bill is being settled')
    await t.axe(page, 'disable')
    await t.shot(page, 'provider-disable')
    await dialog.getByRole('button', { name: 'Disable', exact: true }).click()
    await page.getByText('disabled by hand').first().waitFor()
    await page.getByText('bill is being settled').waitFor()
    assert.deepEqual(part.asked.find((a) => a.path === 'providers/openai/disable')?.body, { seconds: 14_400, why: 'bill is being settled' })
    await page.getByRole('button', { name: 'Enable again' }).click()
    await page.getByRole('button', { name: 'Disable…' }).waitFor()
    assert.equal(part.disabled.has('openai'), false)
  }),

  'providers: a probe says what it spends before it is sent': over(async (t, part) => {
    const page = await t.open({ hash: '#/providers?p=openai' })
    await page.getByRole('button', { name: 'Probe now…', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('It costs at most $0.000012.').waitFor()
    const probes = () => part.asked.filter((a) => a.path === 'providers/openai/probe').map((a) => a.body.dry_run)
    assert.deepEqual(probes(), [true])
    await dialog.getByRole('button', { name: 'Send it' }).click()
    await dialog.getByText(/It answered: first token after 388 ms/).waitFor()
    assert.deepEqual(probes(), [true, false])
    await t.axe(page, 'probe')
    await t.shot(page, 'provider-probe')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    const broken = await t.open({ hash: '#/providers?p=azure' })
    await broken.getByRole('button', { name: 'Probe now… azure/gpt-4o', exact: true }).click()
    await broken.getByRole('button', { name: 'Send it' }).click()
    await broken.getByText(/It failed after 412 ms: server error, 503/).waitFor()
  }),

  'providers: an outage drill is watched, and stopped': over(async (t, part) => {
    const page = await t.open({ hash: '#/providers?p=openai' })
    await page.getByRole('button', { name: 'Outage drill…' }).click()
    await page.getByRole('dialog').getByText('Real requests take part').waitFor()
    assert.equal(part.drills.size, 0, 'nothing is drilled before it is agreed to')
    await page.getByRole('button', { name: 'Begin the drill' }).click()
    await page.getByText(/openai is made to fail for another/).waitFor()
    await page.getByText('No request has met it yet.').waitFor()
    t.stub.add('demo/drill')
    await page.getByText(/^1 request met it: it was saved by azure\.$/).waitFor()
    await t.axe(page, 'drill')
    await t.shot(page, 'provider-drill')
    await page.getByRole('button', { name: 'Stop now' }).click()
    await page.getByText('The drill is over').waitFor()
    assert.equal(part.drills.size, 0)
    await page.getByRole('button', { name: 'Put away' }).click()
    await page.getByText('The drill is over').waitFor({ state: 'detached' })
  }),

  'models: the preference is in the address and marks what the core would take': over(async (t, part) => {
    const page = await t.open({ hash: '#/models?preference=cost' })
    await page.getByText(/^With auto:cost, openai\/gpt-4o-mini would take an easy prompt and a medium one, deepseek/).waitFor()
    const plane = page.getByRole('group', { name: 'Models by price and quality' })
    assert.equal(await plane.locator('.halo').count(), 2)
    await page.getByRole('radio', { name: 'cost' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction(() => location.hash.includes('preference=speed'))
    await page.getByText(/^With auto:speed/).waitFor()
    assert.ok(part.asked.filter((a) => a.path === 'whatif').every((a) => a.method === 'POST' && a.body.request.model.startsWith('auto:')))
    await page.getByText('The same as a table').click()
    const table = page.getByRole('region', { name: 'Quality and price' })
    await table.getByRole('row', { name: /qwen\/qwen3-8b not known free/ }).waitFor()
    assert.equal(await table.locator('tbody tr').count(), await plane.getByRole('link').count())
    await t.axe(page, 'models with the table')
    await page.getByRole('link', { name: /^google\/gemini-2.5-flash: quality/ }).click()
    await page.waitForFunction(() => location.hash.startsWith('#/requests?q=model'))
  }),

  'costs: the cut is in the address, and its names lead to their requests': over(async (t, part) => {
    const page = await t.open({ hash: '#/costs?by=key' })
    const table = page.getByRole('region', { name: 'By key' })
    await table.getByRole('row', { name: /claude-code/ }).waitFor()
    await page.getByRole('radio', { name: 'Model' }).click()
    await page.waitForFunction(() => location.hash === '#/costs?by=model')
    await page.getByRole('link', { name: 'anthropic/claude-sonnet-4.5', exact: true }).first().waitFor()
    assert.ok(part.asked.some((a) => a.path === 'stats'))
    assert.match(await page.getByRole('link', { name: /CSV/ }).getAttribute('href'), /^api\/decisions\/export\?format=csv&from=.*&to=/)
    await page.getByText(/Key nightly/).first().waitFor()
    await page.getByText(/At this pace \$3\.70 by the reset at .*, and the limit is reached at/).waitFor()
    await page.getByText('requests of this key are refused with 429 until midnight UTC').waitFor()
    await page.getByText(/^reached: 12 requests refused since .*\d\d:\d\d; \$49\.9982 of \$50 are spent\.$/).waitFor()
    await page.getByText(/Now requests on route \/support are refused with 429/).waitFor()
    await page.getByText('Beside them: 3 refused, 2 cached, 1 left by the caller, 1 cancelled.').waitFor()
    await page.getByRole('link', { name: 'google/gemini-2.5-flash', exact: true }).first().click()
    await page.waitForFunction(() => location.hash.startsWith('#/requests'))
    assert.equal(paramsOf(page).get('q'), 'model:google/gemini-2.5-flash')
  }),

  'costs: what is unpriced says what to write, and copies it': over(async (t) => {
    const page = await t.open({ hash: '#/costs' })
    await page.getByRole('button', { name: 'Copy for strowger.yaml: lab/nova-1' }).click()
    await page.getByText('Copied').first().waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^models:\n {2}lab\/nova-1:\n {4}endpoints:\n {6}- \{provider: lab, model: nova-1, price:/)
    await page.getByRole('row', { name: /lab\/nova-1 unknown/ }).waitFor()
  }),
}
