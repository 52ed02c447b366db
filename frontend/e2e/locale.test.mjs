import { readFileSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'

// public/locale.js is a classic script that runs before any module; it is tested as text here.
const shim = readFileSync('public/locale.js', 'utf8')
const page = readFileSync('index.html', 'utf8')

afterEach(() => vi.unstubAllGlobals())

function run(language, languages) {
  const navigator = { language, languages }
  vi.stubGlobal('navigator', navigator)
  new Function(shim)()
  return navigator
}

it('replaces what Intl would throw on', () => {
  expect(run('C', ['C'])).toEqual({ language: 'en', languages: ['en'] })
  expect(run('', [])).toEqual({ language: 'en', languages: ['en'] })
  expect(run(undefined, undefined)).toEqual({ language: 'en', languages: ['en'] })
  expect(() => new Intl.NumberFormat('C')).toThrow(RangeError)
})

it('leaves a usable language alone', () => {
  expect(run('de-AT', ['de-AT', 'en'])).toEqual({ language: 'de-AT', languages: ['de-AT', 'en'] })
})

it('stands before every module in the page', () => {
  expect(page.indexOf('src="./locale.js"')).toBeGreaterThan(0)
  expect(page.indexOf('src="./locale.js"')).toBeLessThan(page.indexOf('type="module"'))
})
