import { afterEach, expect, it, vi } from 'vitest'
import { copy } from './clipboard'

const withClipboard = (writeText: (t: string) => Promise<void>) =>
  vi.stubGlobal('navigator', { clipboard: { writeText } })

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

it('uses the clipboard where it may', async () => {
  const write = vi.fn(() => Promise.resolve())
  withClipboard(write)
  expect(await copy('a')).toBe(true)
  expect(write).toHaveBeenCalledWith('a')
})

it('falls back to the window, then to the old command', async () => {
  withClipboard(() => Promise.reject(new Error('denied')))
  const set = vi.fn(() => Promise.resolve(true))
  vi.stubGlobal('runtime', { ClipboardSetText: set })
  expect(await copy('b')).toBe(true)
  expect(set).toHaveBeenCalledWith('b')

  vi.stubGlobal('runtime', undefined)
  const command = vi.fn(() => true)
  document.execCommand = command
  expect(await copy('c')).toBe(true)
  expect(command).toHaveBeenCalledWith('copy')
  expect(document.querySelector('textarea')).toBeNull()
})

it('says so when nothing worked', async () => {
  vi.stubGlobal('navigator', {})
  document.execCommand = () => {
    throw new Error('no')
  }
  expect(await copy('d')).toBe(false)
})
