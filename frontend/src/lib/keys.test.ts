import { expect, it } from 'vitest'
import { commandOf, type Press } from './keys'

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
  expect(['j', 'k', 'Enter', 'Escape', '.', '/', 'x'].map((k) => commandOf(press(k)))).toEqual([
    'next', 'previous', 'open', 'close', 'pause', 'filter', null,
  ])
})

it('leaves fields, controls and chords alone', () => {
  expect(commandOf(press('j', { tag: 'input' }))).toBeNull()
  expect(commandOf(press('/', { tag: 'input' }))).toBeNull()
  expect(commandOf(press('Enter', { tag: 'button' }))).toBeNull()
  expect(commandOf(press('Enter', { tag: 'summary' }))).toBeNull()
  expect(commandOf(press('k', { ctrlKey: true }))).toBeNull()
})

it('takes arrows only in the list', () => {
  expect(commandOf(press('ArrowDown'))).toBeNull()
  expect(commandOf(press('ArrowDown', { tag: 'div', role: 'row' }))).toBe('next')
})
