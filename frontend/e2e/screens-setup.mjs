// Tools and Settings: what they must do.
import assert from 'node:assert/strict'
import { looks, over as overOf } from './looks.mjs'
import { Part } from './stub-setup.mjs'

const over = (check, change) => overOf(() => new Part(), check, change)
const busy = 'the store is being compacted'
const card = (page, name) => page.getByRole('article', { name })

export const setupChecks = {
  ...looks('full', { tools: 'Name strowger as a provider', settings: 'Keys of providers' }, over),
  ...looks('empty', { tools: 'does not say which tools', settings: 'No provider is configured.' }, over),
  ...looks('failing', { tools: busy, settings: busy }, over),

  'a tool is copied, found, and lights up with its first request': over(async (t, part) => {
    const page = await t.open({ hash: '#/tools' })
    await card(page, 'Claude Code').getByText('waiting for its first request').waitFor()
    await card(page, 'Codex').getByText('its last request failed').waitFor()
    await card(page, 'Claude Code').getByRole('button', { name: 'Copy: Or for good, Claude Code' }).click()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /"ANTHROPIC_BASE_URL"/)
    part.heard = 'claude-code'
    await card(page, 'Claude Code').getByText('Last request: demo/steady').waitFor()
    assert.match(await card(page, 'Claude Code').getByRole('link').getAttribute('href'), /^#\/requests\?id=y/)
    await page.keyboard.press('/')
    await page.keyboard.type('curl')
    await card(page, 'Codex').waitFor({ state: 'detached' })
    assert.equal(new URL(page.url()).hash, '#/tools?q=curl')
  }),

  'what a key lacks is said, and no more of it than four characters': over(async (t) => {
    const page = await t.open({ hash: '#/settings' })
    await page.getByText('ANTHROPIC_API_KEY is not set where strowger was started.').waitFor()
    await page.getByText('make a new key there').waitFor()
    await page.getByText('…Q7xA').waitFor()
    await page.getByText('$20.00 a month, 60 requests a minute').waitFor()
  }),

  'deleting says what it deletes, how far it is, and can be stopped': over(async (t, part) => {
    const page = await t.open({ hash: '#/settings' })
    await page.getByLabel('Delete what is older than').selectOption('7d')
    await page.getByRole('button', { name: 'Look what that is…' }).click()
    await page.getByText('1,200 requests, about 2.7 MB. This cannot be undone.').waitFor()
    await t.axe(page, 'purge')
    part.slow = true
    await page.getByRole('button', { name: 'Delete 1,200 requests' }).click()
    await page.getByText(/of 1,200 deleted/).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped.').waitFor()
    await page.waitForTimeout(100)
    assert.ok(part.cancelled, 'the server was told')
    part.slow = false
    await page.getByRole('button', { name: 'Delete 1,200 requests' }).click()
    await page.getByText('1,200 requests were deleted; 2.6 MB given back.').waitFor()
  }),

  'a report of a fault is seen before it goes anywhere': over(async (t) => {
    const page = await t.open({ hash: '#/settings' })
    await page.getByRole('button', { name: 'Show it' }).click()
    await page.getByText('"left_out": "prompts, answers, keys"').waitFor()
    await t.axe(page, 'report')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as a file' }).click()])
    assert.match(download.suggestedFilename(), /^strowger-report-\d{4}-\d\d-\d\d\.json$/)
  }),
}
