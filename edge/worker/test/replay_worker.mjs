// A Worker that replays a piece of a script: POST it, and what was seen comes back.

import { Core } from './core.mjs'
import { replay } from './replay.mjs'
import module from './strowger.wasm'

export default {
  async fetch(request) {
    const piece = new Uint8Array(await request.arrayBuffer())
    return Response.json(replay(() => new Core(module), piece))
  },
}
