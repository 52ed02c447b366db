import { beforeEach, expect, test, vi } from 'vitest'
import { applyTheme, onTheme, setTheme, theme } from './theme'

beforeEach(() => localStorage.clear())

test('a theme is shown, kept and taken back', () => {
  const changed = vi.fn()
  const end = onTheme(changed)
  setTheme('dark')
  expect([theme(), document.documentElement.dataset['theme']]).toEqual(['dark', 'dark'])
  setTheme('system')
  expect([theme(), document.documentElement.dataset['theme']]).toEqual(['system', undefined])
  expect(changed).toHaveBeenCalledTimes(2)
  end()
  setTheme('light')
  expect(changed).toHaveBeenCalledTimes(2)
})

test('what nobody offers is the system’s', () => {
  localStorage.setItem('strowger.theme', 'purple')
  applyTheme()
  expect(theme()).toBe('system')
})
