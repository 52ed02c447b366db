import { join } from 'node:path'

import { suite } from './examples.mjs'
import { ROOT } from './rig.mjs'

suite('node', ['node', join(ROOT, 'edge/examples/node.mjs')])
