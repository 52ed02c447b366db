// What-if and Policy, over the file and the decisions that stub-policy.mjs makes up.
import assert from 'node:assert/strict'
import { looks, over as overOf } from './looks.mjs'
import { Part } from './stub-policy.mjs'

const paramsOf = (page) => new URLSearchParams(new URL(page.url()).hash.split('?')[1] ?? '')
const order = (page) => page.getByRole('region', { name: 'Order of the candidates' })
const editor = (page) => page.getByLabel('The file’s text')
const finding = 'north/large goes first; nothing changes the order.'

const over = (check, change) => overOf(() => new Part(), check, change)

const busy = 'the file is being read'
const ready = {
  whatif: finding,
  'whatif?tab=traffic': async (page) => {
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    await page.getByText('214 decisions of 988 would go elsewhere first.').waitFor()
  },
  policy: (page) => page.getByLabel('Strategy', { exact: true }).waitFor(),
  'policy?tab=routes': 'north succeeds more often than south: their intervals do not meet.',
  'policy?tab=history': 'Nothing was saved from here yet.',
}

export const policyChecks = {
  ...looks('full', ready, over),
  ...looks('failing', { whatif: busy, policy: busy }, over),
  'what-if: what failed is asked again': over(
    async (t, part) => {
      const page = await t.open({ hash: '#/whatif', quiet: true })
      await page.getByText(busy).waitFor()
      part.failing = false
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText('north/large goes first').first().waitFor()
      assert.equal(await page.getByText(busy).count(), 0)
    },
    (part) => (part.failing = true),
  ),
  'what-if: empty, until a decision is named': over(async (t) => {
    const page = await t.open({ hash: '#/whatif?of=recorded' })
    await page.getByText('Write the id of a decision').waitFor()
    await t.axe(page, 'what-if without a decision')
  }),

  'what-if: sliders are moved by keys, stand in the address, and mark what moved': over(async (t, part) => {
    const page = await t.open({ hash: '#/whatif' })
    await page.getByText(finding).waitFor()
    await page.getByText('decided in 212 µs').waitFor()
    await order(page).getByText('south/large would go first if its time to the first token were at most 420ms (is 510ms)').waitFor()
    await page.getByRole('slider', { name: 'Times of north/large' }).focus()
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
    await page.getByText('south/large would go first instead of north/large.').first().waitFor()
    await order(page).getByRole('row', { name: /^3 north\/large times ×2 .*down 2/ }).waitFor()
    await order(page).getByRole('row', { name: /^1 south\/large .*up 1/ }).waitFor()
    assert.deepEqual(JSON.parse(paramsOf(page).get('set')), { 'north/large': { l: 1995 } })
    assert.deepEqual(part.asked.findLast((a) => a.path === 'whatif').body.changes, { endpoints: { 'north/large': { latency_permille: 1995 } } })
    await page.getByLabel('Circuit of south/large').selectOption('open')
    await order(page).getByText('excluded: its circuit is open').waitFor()
    await order(page).getByText('left out now').waitFor()
    await t.axe(page, 'what-if, supposed')
    await t.shot(page, 'whatif-supposed')
    await page.getByRole('button', { name: 'Reset', exact: true }).click()
    await page.getByText(finding).waitFor()
    assert.equal(paramsOf(page).get('set'), null)
  }),

  'what-if: a deep link holds a recorded decision and what is supposed': over(async (t, part) => {
    const id = await t.send()
    const set = JSON.stringify({ 'west/large': { l: 200, p: 500 } })
    const page = await t.open({ hash: `#/whatif?${new URLSearchParams({ id, set, strategy: 'latency' })}` })
    await page.getByText('west/large would go first instead of north/large.').waitFor()
    assert.equal(part.asked.findLast((a) => a.path === 'whatif').body.id, id)
    assert.equal(await page.getByLabel('Strategy').inputValue(), 'latency')
    assert.equal(await page.getByRole('slider', { name: 'Price of west/large' }).getAttribute('aria-valuetext'), '×0.5')
    assert.equal(await page.getByRole('link', { name: 'Open in Requests' }).getAttribute('href'), `#/requests?id=${id}`)
  }),

  'what-if: what is no JSON is not asked, and a refusal is said': over(async (t, part) => {
    const page = await t.open({ hash: '#/whatif' })
    await page.getByText(finding).waitFor()
    const asked = part.asked.filter((a) => a.path === 'whatif').length
    const body = page.getByLabel('Body, JSON')
    await body.fill('{"model": ')
    await page.getByText(/^This is not JSON/).waitFor()
    await page.waitForTimeout(300)
    assert.equal(part.asked.filter((a) => a.path === 'whatif').length, asked)
    await body.fill('{"model": "none/such"}')
    await page.getByText('The request would be refused with 404').waitFor()
    await page.getByText('did you mean house/large?').waitFor()
  }),

  'what-if: sending for real says its cost first, and leads to its decision': over(async (t) => {
    const page = await t.open({ hash: '#/whatif' })
    await page.getByText(finding).waitFor()
    const before = t.stub.reports.length
    await page.getByRole('button', { name: 'Send for real…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Estimated cost $0.0013, at most $0.0021 at the first endpoint.').waitFor()
    assert.equal(t.stub.reports.length, before, 'nothing is sent before it is agreed to')
    await t.axe(page, 'send for real')
    await dialog.getByRole('button', { name: 'Send it' }).click()
    await dialog.getByText(/^✓? ?Answered 200 in/).waitFor()
    assert.equal(t.stub.reports.length, before + 1)
    assert.equal(await dialog.getByRole('link', { name: 'See its decision' }).getAttribute('href'), `#/requests?id=${t.stub.reports.at(-1).id}`)
    await dialog.getByText('x-strowger-decision').waitFor()
    await t.shot(page, 'whatif-sent')
  }),

  'what-if: a comparison shows how far it is, is cancelled, and may not be there': over(async (t, part) => {
    part.slow = true
    const page = await t.open({ hash: '#/whatif?tab=traffic', quiet: true })
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    await page.getByText(/\d+ of 1,000 decisions/).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled: nothing was changed by it.').waitFor()
    await page.waitForTimeout(100)
    assert.ok([...part.jobs.values()].every((j) => j.cancelled))
    part.impact = false
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    await page.getByText('This Strowger cannot compare policies over recorded traffic yet.').waitFor()
  }),

  'policy: the form changes the file and keeps its comments; saving shows the difference': over(async (t, part) => {
    const page = await t.open({ hash: '#/policy' })
    await page.getByLabel('Strategy', { exact: true }).selectOption('cost')
    await page.getByText('changed, not saved').waitFor()
    assert.match(await editor(page).inputValue(), /strategy: cost {3}# was cost until June/)
    assert.deepEqual(part.asked.findLast((a) => a.path === 'config/edit').body.edits, [{ path: ['routing', 'strategy'], value: 'cost' }])
    await page.getByRole('button', { name: 'Save…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save the policy' })
    await dialog.getByText('1 line added, 1 taken away.').waitFor()
    await dialog.getByText('214 decisions of 988 would go elsewhere first.').waitFor()
    await dialog.getByLabel('Why (kept in the history)').fill('cheaper at night')
    await t.axe(page, 'save')
    await t.shot(page, 'policy-save')
    assert.match(part.text, /strategy: latency/, 'nothing is written before it is agreed to')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved and in use.').waitFor()
    assert.match(part.text, /strategy: cost {3}# was/)
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByRole('row', { name: /cheaper at night/ }).getByRole('link').click()
    await page.getByRole('dialog').getByText('strategy: latency').waitFor()
    await t.axe(page, 'history')
    await page.getByRole('button', { name: 'Put it into the editor' }).click()
    await page.getByText('changed, not saved').waitFor()
    await page.getByRole('button', { name: 'Discard changes' }).click()
    await page.getByRole('button', { name: 'Undo the last save…' }).click()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('Undone and in use.').waitFor()
    assert.match(part.text, /strategy: latency/)
  }),

  'policy: a mistake has its place, the nearest name, and a way there': over(async (t) => {
    const page = await t.open({ hash: '#/policy' })
    await editor(page).waitFor()
    const text = await editor(page).inputValue()
    await editor(page).fill(text.replace('strategy: latency', 'strategy: latancy'))
    await page.getByText('"latancy" is no strategy').waitFor()
    await page.getByText('Did you mean latency?').first().waitFor()
    await page.getByText('1 problem', { exact: false }).first().waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save…' }).isDisabled())
    assert.ok(await page.getByLabel('Strategy', { exact: true }).isDisabled())
    await t.axe(page, 'a mistake')
    await t.shot(page, 'policy-mistake')
    await page.getByRole('button', { name: 'Go to 16:13' }).focus()
    await page.keyboard.press('Enter')
    const at = await editor(page).evaluate((e) => (document.activeElement === e ? e.value.slice(e.selectionStart, e.selectionStart + 7) : 'elsewhere'))
    assert.equal(at, 'latancy')
    assert.equal(paramsOf(page).get('line'), '16')
  }),

  'policy: an edit of the form that makes the file wrong is not made': over(async (t, part) => {
    const page = await t.open({ hash: '#/policy' })
    await page.getByLabel('Attempts at most').fill('9')
    await page.keyboard.press('Enter')
    await page.getByText('changed, not saved').waitFor()
    assert.match(await editor(page).inputValue(), /routing:\n {2}max_attempts: 9\n/)
    part.judge = () => ({ problems: [{ line: 1, column: 1, field: 'routing.deadline', message: 'must have a unit', suggestion: '5m', severity: 'error' }], warnings: [], outline: null })
    const field = page.getByLabel('Until the answer begins')
    await field.fill('5')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('Not changed: must have a unit. Did you mean 5m?').waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.match(await editor(page).inputValue(), /max_attempts: 9/)
    await t.axe(page, 'a field that is wrong')
    await field.press('Escape')
    assert.equal(await field.inputValue(), '5m', 'the field shows what counts')
    assert.equal(await page.getByText('must have a unit').count(), 0)
  }),

  'policy: a file that changed on disk shows both sides, and goes on with both together': over(async (t, part) => {
    const page = await t.open({ hash: '#/policy', quiet: true })
    await page.getByLabel('Strategy', { exact: true }).selectOption('cost')
    await page.getByText('changed, not saved').waitFor()
    part.elsewhere()
    await page.getByRole('button', { name: 'Save…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'The file changed on disk' })
    await dialog.getByRole('tab', { name: 'Both together' }).waitFor()
    await t.axe(page, 'conflict')
    await t.shot(page, 'policy-conflict')
    await dialog.getByRole('button', { name: 'Go on with both together' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.match(await editor(page).inputValue(), /strategy: cost[\s\S]*# added elsewhere/)
    await page.getByRole('button', { name: 'Save…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved and in use.').waitFor()
    assert.match(part.text, /strategy: cost[\s\S]*# added elsewhere/)
  }),

  'policy: a file that cannot be written says so': over(
    async (t) => {
      const page = await t.open({ hash: '#/policy' })
      await page.getByText('the file belongs to root').first().waitFor()
      assert.ok(await page.getByRole('button', { name: 'Save…' }).isDisabled())
      await t.axe(page, 'not writable')
    },
    (part) => (part.writable = false),
  ),
}
