// What checks of screens have in common.
import assert from 'node:assert/strict'

/** Makes a check while a part answers before the stub does; `change` readies the part. */
export const over = (make, check, change = () => {}) => async (t) => {
  const part = make()
  change(part)
  t.stub.parts.unshift(part.answer)
  return check(t, part)
}

/**
 * Checks of screens in a state, by their addresses: each in light and dark, wide and narrow, judged by axe.
 * `signs` are what shows that one is there, a text or what is done until it is; `over` makes a check of its part.
 */
export const looks = (state, signs, over) =>
  Object.fromEntries(
    Object.entries(signs).map(([hash, sign]) => {
      const name = `${hash.replace('?tab=', '-')}-${state}`
      const check = async (t) => {
        const page = await t.open({ hash: `#/${hash}`, quiet: state === 'failing' })
        // The screen's name, which is its address but for a hyphen.
        await page.getByRole('heading', { level: 2, name: new RegExp(`^${[...hash.split('?')[0]].join('-?')}$`, 'i') }).waitFor()
        await (typeof sign === 'function' ? sign(page) : page.getByText(sign).first().waitFor())
        if (state === 'failing') await page.getByRole('button', { name: 'Copy error' }).first().waitFor()
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width: 1280, height: 800 })
          await t.axe(page, `${name}, ${colorScheme}`)
          await t.shot(page, `${name}-${colorScheme}`)
          await page.setViewportSize({ width: 390, height: 844 })
          await t.axe(page, `${name}, ${colorScheme}, narrow`)
          if (colorScheme === 'light') await t.shot(page, `${name}-narrow`)
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${hash} is wider than a narrow page`)
        }
      }
      return [`${hash}: ${state}, light and dark, wide and narrow`, over(check, (part) => state !== 'full' && (part[state] = true))]
    }),
  )
