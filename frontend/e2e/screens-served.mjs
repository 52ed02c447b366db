// What-if and Policy over a running Strowger, whose configuration they change and put back: that of e2e_test.go, with
// the model demo/choice, which north serves, and east for less.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const api = async (t, path, body) => {
  const answer = await fetch(`${t.origin}/_/api/${path}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  assert.equal(answer.status, 200, path)
  return answer.json()
}
const choice = async (t) => api(t, `decisions/${await t.send('demo/choice')}`)
const editor = (page) => page.getByLabel('The file’s text')
const pane = (page) => page.getByRole('region', { name: 'Decision', exact: true })
const setOf = (page) => JSON.parse(new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('set'))

/** Runs a check with the file; afterwards it says what it said before, and that is in use again. */
const withFile = (check) => async (t) => {
  const { path, rev } = await api(t, 'config')
  const before = await readFile(path, 'utf8')
  try {
    return await check(t, { path, before, now: () => readFile(path, 'utf8') })
  } finally {
    if ((await readFile(path, 'utf8')) !== before) await writeFile(path, before)
    for (let tries = 0; (await api(t, 'config')).rev !== rev; tries++) {
      if (tries === 100) throw new Error('the file as it was does not come into use again')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function save(page, why) {
  await page.getByRole('button', { name: 'Save…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Save the policy' })
  if (why) await dialog.getByLabel('Why (kept in the history)').fill(why)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
}

/** The endpoints in the order that the screen of what-if shows, and that the core gives. */
const shownOrder = (page) => page.getByRole('region', { name: 'Order of the candidates' }).locator('tbody th').evaluateAll((all) => all.map((th) => th.firstChild.textContent.trim()))
const coreOrder = async (t, id, changes) => (await api(t, 'whatif', { id, changes })).decision.plan

export const servedChecks = (program) => ({
  'policy, served: a change in the form is looked at, saved in its place alone, decides, and is undone': withFile(async (t, file) => {
    assert.equal((await choice(t)).served.provider, 'north')
    const page = await t.open({ hash: '#/policy' })
    await page.getByLabel('Strategy', { exact: true }).selectOption('cost')
    await page.getByText('changed, not saved').waitFor()
    assert.equal(await file.now(), file.before, 'nothing is written yet')
    await page.getByRole('button', { name: 'Save…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save the policy' })
    await dialog.getByText('1 line added, 1 taken away.').waitFor()
    await dialog.getByText(/^\d+ decisions? of \d+ would go elsewhere first\.$/).waitFor()
    await dialog.getByRole('row', { name: /^north.choice east.choice \d+$/ }).waitFor()
    await t.axe(page, 'save, served')
    await t.shot(page, 'policy-save-served')
    await page.keyboard.press('Escape')
    await save(page, 'cheaper at night')
    await page.getByText('Saved and in use.').waitFor()
    const changed = file.before.replace('strategy: priority # until', 'strategy: cost # until')
    assert.notEqual(changed, file.before)
    assert.equal(await file.now(), changed, 'the file has changed in that place alone')
    const next = await choice(t)
    assert.deepEqual([next.served.provider, next.decision.strategy], ['east', 'cost'])
    await page.getByRole('button', { name: 'Undo the last save…' }).click()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('Undone and in use.').waitFor()
    assert.equal(await file.now(), file.before)
    assert.equal((await choice(t)).served.provider, 'north')
  }),

  'policy, served: what the core does not take is said at its field, and in the text at its place': withFile(async (t, file) => {
    const page = await t.open({ hash: '#/policy' })
    const field = page.getByLabel('Until the answer begins')
    await field.fill('5 parsecs')
    await page.keyboard.press('Enter')
    const said = await api(t, 'config/edit', { text: file.before, edits: [{ path: ['routing', 'deadline'], value: '5 parsecs' }] })
    await page.getByRole('alert').getByText(`Not changed: ${said.problems[0].message}`).waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.equal(await editor(page).inputValue(), file.before)
    await field.press('Escape')
    const wrong = file.before.replace('strategy: priority', 'strategy: latancy')
    await editor(page).fill(wrong)
    const [problem] = (await api(t, 'config/check', { text: wrong })).problems
    await page.getByText(problem.message).first().waitFor()
    await page.getByText('Did you mean latency?').first().waitFor()
    await page.getByRole('button', { name: `Go to ${problem.line}:${problem.column}` }).waitFor()
    assert.ok(await page.getByRole('button', { name: 'Save…' }).isDisabled())
  }),

  'policy, served: a file that changed on disk is shown beside, and both changes are saved': withFile(async (t, file) => {
    const page = await t.open({ hash: '#/policy', quiet: true })
    await page.getByLabel('Attempts at most').fill('5')
    await page.keyboard.press('Enter')
    await page.getByText('changed, not saved').waitFor()
    await appendFile(file.path, '# added elsewhere\n')
    await save(page)
    const dialog = page.getByRole('dialog', { name: 'The file changed on disk' })
    const side = (name) => dialog.getByRole('region', { name }).textContent()
    await dialog.getByRole('tab', { name: 'On disk' }).click()
    assert.match(await side('On disk'), /# added elsewhere\n$/)
    await dialog.getByRole('tab', { name: 'Yours' }).click()
    assert.match(await side('Yours'), /max_attempts: 5/)
    await dialog.getByRole('tab', { name: 'Both together' }).click()
    assert.match(await side('Both together'), /max_attempts: 5[\s\S]*# added elsewhere\n$/)
    await t.axe(page, 'conflict, served')
    await dialog.getByRole('button', { name: 'Go on with both together' }).click()
    await save(page)
    await page.getByText('Saved and in use.').waitFor()
    assert.match(await file.now(), /max_attempts: 5[\s\S]*# added elsewhere\n$/)
  }),

  'policy, served: a route’s providers change their order by keys, each with all that it says': withFile(async (t, file) => {
    const page = await t.open({ hash: '#/policy' })
    const group = page.getByRole('group', { name: 'Providers of /support, in order' })
    const order = () => group.getByLabel(/^Provider/).evaluateAll((all) => all.map((e) => e.value))
    await group.waitFor()
    assert.deepEqual(await order(), ['north', 'east', 'south'])
    await group.getByRole('button', { name: 'Move south, /support up' }).focus()
    const focused = (name) => page.waitForFunction((name) => document.activeElement?.getAttribute('aria-label') === name, name)
    await page.keyboard.press('Enter')
    await group.locator('.moves').nth(1).getByRole('button', { name: 'Move south, /support up' }).waitFor()
    await focused('Move south, /support up')
    await page.keyboard.press('Enter')
    await focused('Move south, /support down') // it is the first
    assert.deepEqual(await order(), ['south', 'north', 'east'])
    await t.axe(page, 'route with providers')
    const [north, east, south] = file.before.match(/ {6}- \{provider: .*\n/g).slice(-3)
    const changed = file.before.replace(north + east + south, south + north + east)
    assert.equal(await editor(page).inputValue(), changed, 'their lines are moved, with timeouts and comments')
    await save(page)
    await page.getByText('Saved and in use.').waitFor()
    assert.equal(await file.now(), changed)
  }),

  'what-if, served: a recorded decision is equal, follows its sliders as the core does, and is a test': async (t) => {
    const { id } = await choice(t)
    const page = await t.open({ hash: `#/requests?id=${id}` })
    await pane(page).getByText(/^. Made again.*equal$/).waitFor()
    await pane(page).getByRole('button', { name: 'Copy as test' }).click()
    await pane(page).getByText('Copied as a test').waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    const name = join(dirname((await api(t, 'config')).path), 'choice.yaml') // beside the configuration, as it says
    const test = async (text) => (await writeFile(name, text), promisify(execFile)(program, ['test', name]))
    assert.match((await test(text)).stdout, /1 test, 0 failed/)
    const turned = text.replace(/plan: .*/, 'plan: ["east/choice", "north/choice"]')
    await assert.rejects(test(turned), (e) => e.code === 1, 'what came otherwise is no such test')
    await pane(page).getByRole('button', { name: 'Try in what-if' }).click()
    await page.getByText('north/choice goes first').first().waitFor()
    assert.deepEqual(await shownOrder(page), await coreOrder(t, id, {}))
    await page.getByLabel('Strategy').selectOption('cost')
    await page.getByText('east/choice would go first instead of north/choice.').waitFor()
    assert.deepEqual(await shownOrder(page), await coreOrder(t, id, { strategy: 'cost' }))
    await page.getByRole('slider', { name: 'Price of east/choice' }).press('End')
    await page.getByText('north/choice goes first').first().waitFor()
    const price = setOf(page)['east/choice'].p
    assert.ok(price > 1_000)
    const order = await coreOrder(t, id, { strategy: 'cost', endpoints: { 'east/choice': { price_permille: price } } })
    assert.equal(order[0], 'north/choice')
    assert.deepEqual(await shownOrder(page), order)
    await t.shot(page, 'whatif-served')
  },
})
