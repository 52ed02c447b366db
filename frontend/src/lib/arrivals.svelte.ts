import { untrack } from 'svelte'
import type { Desk } from './desk.svelte'

// Screens ask anew when their range moves and when requests have arrived, but not for each of them.

/** The newest is asked for at most this often while rows arrive. */
const EVERY_MS = 2_000

/**
 * watching calls load at once, when the range or what `also` reads changes, and while rows arrive.
 * To be called while a component is being made; leave is called when that goes.
 */
export function watching(desk: () => Desk, load: () => void, leave: () => void, also: () => unknown = () => null): void {
  let last = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = (): void => {
    clearTimeout(timer)
    timer = undefined
    last = Date.now()
    untrack(load)
  }
  $effect(() => {
    void [desk().range.text, desk().range.from, also()]
    run()
  })
  $effect(() => {
    const { live, range } = desk()
    void live.all[0]?.seq
    untrack(() => {
      if (!range.live || last === 0 || timer !== undefined) return
      timer = setTimeout(run, Math.max(0, last + EVERY_MS - Date.now()))
    })
  })
  $effect(() => () => (clearTimeout(timer), leave()))
}
