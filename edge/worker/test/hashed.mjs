import { createHash } from 'node:crypto'

/** hashed is a client key of a document. */
export const hashed = (name, key) => ({ name, sha256: createHash('sha256').update(key).digest('hex') })
