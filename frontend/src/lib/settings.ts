// How strowger is set up, as the screen of settings shows it.

import { dollars } from './money'
import { fields, isFields, list, number, text } from './read'

export interface Secret {
  provider: string
  ref: string
  /** ok, missing, locked, rejected or none. */
  state: string
  last4: string
}

export interface Settings {
  listen: string
  admin: string
  configPath: string
  dataFolder: string
  dataBytes: number
  decisions: number
  /** Empty: nothing is recorded. */
  oldest: string
  retention: string
  bodies: boolean
  timezone: string
  secrets: Secret[]
  keys: { name: string; limits: string[] }[]
  versions: [name: string, version: string][]
}

export function readSettings(v: unknown): Settings {
  const o = fields(v)
  return {
    listen: text(o['listen']),
    admin: text(o['admin']),
    configPath: text(o['config_path']),
    dataFolder: text(o['data_folder']),
    dataBytes: number(o['data_bytes']),
    decisions: number(o['decisions']),
    oldest: text(o['oldest']),
    retention: text(o['retention']),
    bodies: fields(o['record'])['bodies'] === true,
    timezone: text(o['timezone']),
    secrets: list(o['secrets']).filter(isFields).map((s) => ({
      provider: text(s['provider']),
      ref: text(s['ref']),
      state: text(s['state']),
      last4: text(s['last4']),
    })),
    keys: list(o['keys']).filter(isFields).map((k) => ({
      name: text(k['name']),
      limits: [...(Array.isArray(k['cost_limit']) ? k['cost_limit'] : [k['cost_limit']]).map(costLimit), rateLimit(k['rate_limit'])].filter((l) => l !== ''),
    })),
    versions: Object.entries(fields(o['versions'])).map(([name, version]) => [name, text(version)]),
  }
}

/** `$20 a month`; empty for none. */
function costLimit(v: unknown): string {
  const o = fields(v)
  return number(o['micro']) > 0 ? `${dollars(number(o['micro']))} a ${text(o['per'])}` : ''
}

/** `60 requests a minute`; empty for none. */
function rateLimit(v: unknown): string {
  const o = fields(v)
  return number(o['requests']) > 0 ? `${number(o['requests']).toLocaleString('en')} requests a ${text(o['per'])}` : ''
}

/** What deleting up to a time would delete. */
export interface Preview {
  decisions: number
  bytes: number
  oldest: string
}

export function readPreview(v: unknown): Preview {
  const o = fields(v)
  return { decisions: number(o['decisions']), bytes: number(o['bytes']), oldest: text(o['oldest']) }
}

/** bytes writes a size: `812 B`, `4.2 kB`, `1.3 GB`. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let at = 0
  while (n >= 999.5 && at < units.length - 1) {
    n /= 1000
    at++
  }
  return `${n.toLocaleString('en', { maximumFractionDigits: at > 0 && n < 99.5 ? 1 : 0 })} ${units[at]}`
}

/** What the window can be told; null in a browser. */
export interface WindowSettings {
  closeToBackground: boolean
  startAtLogin: boolean
  notify: Record<string, boolean>
}

export function readWindow(v: unknown): WindowSettings {
  const o = fields(v)
  return {
    closeToBackground: o['close_to_background'] === true,
    startAtLogin: o['start_at_login'] === true,
    notify: Object.fromEntries(Object.entries(fields(o['notify'])).map(([name, on]) => [name, on === true])),
  }
}

export const writeWindow = (w: WindowSettings): unknown => ({
  close_to_background: w.closeToBackground,
  start_at_login: w.startAtLogin,
  notify: w.notify,
})
