import { expect, it } from 'vitest'
import { commands, fitting, placesOf } from './palette'
import { readRow, type Row } from './wire'

const all = commands(false)
const ids = (typed: string) => fitting(all, typed).map((c) => c.id)

it('offers everything, and then what fits best', () => {
  expect(ids('')).toEqual(all.map((c) => c.id))
  expect(ids('prov')[0]).toBe('providers')
  expect(ids('dark')[0]).toBe('theme-dark')
  expect(ids('7d')[0]).toBe('range-7d')
  expect(ids('rqs')).toContain('requests')
})

it('opens an ID, and looks for anything else', () => {
  const whole = '01a20180d2a17000a0000000000000a1'
  const rows = [readRow({ seq: 1, id: whole, asked: 'x' }) as Row]
  expect(ids(whole)[0]).toBe(`open ${whole}`)
  expect(fitting(all, '01A20180', rows).map((c) => c.id)).toEqual([`open ${whole}`, 'search'])
  expect(ids('01a20180')).toEqual(['search'])
  expect(ids('zzzz')).toEqual(['search'])
  expect(ids('facade').some((id) => id.startsWith('open'))).toBe(false)
})

it('finds providers, models and routes, and does not take letters here and there for them', () => {
  const places = placesOf({ outline: { providers: ['phoenix', 'azure'], models: ['demo/phoebe'], routes: [{ path: '/support' }] } })
  const found = (typed: string) => fitting([...all, ...places], typed).map((c) => c.id)
  expect(found('phoe').slice(0, 3)).toEqual(['provider phoenix', 'model demo/phoebe', 'search'])
  expect(found('supp')[0]).toBe('route /support')
  expect(found('copya')[0]).toBe('search') // not “Copy the proxy address”
})

it('says what pausing would do now', () => {
  const text = (paused: boolean) => commands(paused).find((c) => c.id === 'pause')?.text
  expect(text(true)).not.toBe(text(false))
})
