import type { Api } from './api'
import { Page } from './page.svelte'
import { readRange, type Range } from './range'
import { readView, writeView, type Screen, type View } from './view'

/** The parts of the browser that the address is kept in. */
export interface Address {
  hash(): string
  push(hash: string): void
  replace(hash: string): void
}

export const browserAddress: Address = {
  hash: () => location.hash,
  push: (hash) => history.pushState(null, '', hash),
  replace: (hash) => history.replaceState(null, '', hash),
}

/** Kept when one goes to another screen. */
const SHARED = ['range']

/** Desk is what every screen is given: the API, what arrives live, and the view in the address. */
export class Desk {
  readonly api: Api
  readonly live: Page
  private readonly address: Address
  view = $state.raw<View>({ screen: 'overview', params: {} })
  private minute = $derived.by(() => Math.ceil(this.live.now / 60_000))
  /** The time range of the view; one that ends now moves with the clock, a minute at a time. */
  range: Range = $derived.by(() => readRange(this.view.params['range'], this.minute * 60_000))

  constructor(api: Api, address: Address = browserAddress) {
    this.api = api
    this.live = new Page(api)
    this.address = address
    this.follow()
  }

  get params(): Readonly<Record<string, string>> {
    return this.view.params
  }

  /** The address of this view. */
  get hash(): string {
    return writeView(this.view)
  }

  /** Where a link to a screen leads; what all screens share goes along. */
  link(screen: Screen, params: Record<string, string> = {}): string {
    return writeView({ screen, params: { ...this.shared(), ...params } })
  }

  /** go shows a screen; the back button leads back from it. */
  go(screen: Screen, params: Record<string, string> = {}): void {
    const hash = this.link(screen, params)
    if (hash === this.hash) return
    this.address.push(hash)
    this.follow()
  }

  /** set changes what the screen is given; an empty value takes it away. */
  set(params: Record<string, string>): void {
    const hash = writeView({ screen: this.view.screen, params: { ...this.view.params, ...params } })
    if (hash === this.hash) return
    this.address.replace(hash)
    this.follow()
  }

  /** look shows another time of the same; the back button leads back. */
  look(range: string): void {
    this.go(this.view.screen, { ...this.view.params, range })
  }

  /** follow takes the view from the address: at the start, and when that is edited or gone back to. */
  follow(): void {
    this.view = readView(this.address.hash())
  }

  private shared(): Record<string, string> {
    return Object.fromEntries(SHARED.map((name) => [name, this.view.params[name] ?? '']))
  }
}
