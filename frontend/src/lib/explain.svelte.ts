import type { Api } from './api'
import { readFlips, readPrices, readReplay, type Flip, type Price, type Replay } from './explain'
import { Loader } from './loader.svelte'

/** Who runs through a list is not asked about for each row. */
const RESTS_MS = 200

/** Explain holds what is asked about the decision that is open. */
export class Explain {
  readonly flips = new Loader<Flip[]>()
  readonly replay = new Loader<Replay>()
  readonly prices = new Loader<Map<string, Price>>()
  private timer: ReturnType<typeof setTimeout> | undefined

  about(api: Api, id: string): void {
    this.forget()
    this.timer = setTimeout(() => {
      const path = `decisions/${encodeURIComponent(id)}`
      void this.flips.load(async (signal) => readFlips(await api.get(`${path}/flips`, undefined, signal)))
      // The module is made ready for the first one, which takes a while.
      void this.replay.load(async (signal) => readReplay(await api.get(`${path}/replay`, 60_000, signal)))
      if (this.prices.value === null) void this.prices.load(async (signal) => readPrices(await api.get('catalog', undefined, signal)))
    }, RESTS_MS)
  }

  forget(): void {
    clearTimeout(this.timer)
    this.flips.cancel()
    this.replay.cancel()
    this.flips.value = null
    this.replay.value = null
  }
}
