import { expect, it } from 'vitest'
import { Chord, commandOf, globalOf, type Press } from './keys'

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  tag: 'body',
  role: '',
  ...more,
})

it('maps the documented keys', () => {
  expect(['j', 'k', 'Enter', 'Escape', '[', ']', 'x'].map((k) => commandOf(press(k)))).toEqual([
    'next', 'previous', 'open', 'close', 'before', 'after', null,
  ])
})

it('leaves fields, controls and chords alone', () => {
  expect(commandOf(press('j', { tag: 'input' }))).toBeNull()
  expect(globalOf(press('/', { tag: 'input' }))).toBeNull()
  expect(commandOf(press('Enter', { tag: 'button' }))).toBeNull()
  expect(commandOf(press('Enter', { tag: 'summary' }))).toBeNull()
  expect(commandOf(press('k', { ctrlKey: true }))).toBeNull()
})

it('knows what is for the whole page, commands even in a field', () => {
  expect(['?', '.', '/', 'x'].map((k) => globalOf(press(k)))).toEqual(['help', 'pause', 'filter', null])
  expect(globalOf(press('k', { ctrlKey: true, tag: 'input' }))).toBe('palette')
  expect(globalOf(press('K', { metaKey: true }))).toBe('palette')
  expect(globalOf(press('k'))).toBeNull()
})

it('takes arrows only in the list', () => {
  expect(commandOf(press('ArrowDown'))).toBeNull()
  expect(commandOf(press('ArrowDown', { tag: 'div', role: 'row' }))).toBe('next')
})

it('goes to a screen by g and its key, in time', () => {
  const c = new Chord()
  expect([c.press(press('g'), 0), c.press(press('c'), 100)]).toEqual([true, 'costs'])
  expect([c.press(press('g'), 0), c.press(press('c'), 9_000)]).toEqual([true, false])
  expect([c.press(press('g'), 0), c.press(press('!'), 1), c.press(press('c'), 2)]).toEqual([true, false, false])
  expect(c.press(press('g', { tag: 'input' }), 0)).toBe(false)
})
