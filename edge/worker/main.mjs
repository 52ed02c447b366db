// What a Worker's configuration names as main.

import module from './strowger.wasm'
import { worker } from './worker.mjs'

export { Ledger } from './ledger.mjs'
export default worker(module)
