// strowger.json, the one thing that an edge host is configured with (docs/edge.md), and what follows from it: the
// catalog, which secret a reference means, and who may call. It holds no secret, only the names of those that the host
// is given. What it does not know is an error: a member that was meant to bound something must not be passed over.

import { Unset } from './attempt.mjs'
import { pathOf, schemaOf } from './request.mjs'

/** VERSION is the version of the document. */
export const VERSION = 1

/** FILE is what the document is called. */
export const FILE = 'strowger.json'
const KEY_PREFIX = 'sk-strowger-' // of every client key that strowger makes
const DEFAULT_LIMITS = { max_body: 8 << 20, max_answer: 16 << 20 }
const MOST_BYTES = 64 << 20 // of one call to the module
const MOST_DOCUMENT = 16 << 20
const MEMBERS = ['strowger', 'rev', 'catalog', 'secrets', 'keys', 'open', 'limits', 'home', 'profile', 'clusters']

/** DocumentError is what is wrong with a document, in a sentence that names the place. */
export class DocumentError extends Error {
  constructor(place, message) {
    super(`${FILE}: ${place ? `${place}: ` : ''}${message}`)
    this.name = 'DocumentError'
  }
}

/** Deployment is a deployment document that has been read. */
export class Deployment {
  /** @type {string} the revision of the catalog */
  rev
  /** @type {string} the catalog as JSON */
  catalog
  /** @type {{maxBody: number, maxAnswer: number}} */
  limits
  /** @type {{url: string, secret: string, name: string} | undefined} where samples go; secret is the name of one */
  home
  #read // the catalog
  #secrets
  #keys
  #open

  /** @param {string | object} source its text, or what JSON.parse makes of it */
  constructor(source) {
    const doc = typeof source === 'string' ? parse(source) : source
    if (!isObject(doc)) throw new DocumentError('', 'expected an object')
    if (doc.strowger !== VERSION) {
      const found = 'strowger' in doc ? `version ${String(JSON.stringify(doc.strowger)).slice(0, 20)}` : 'a document without a version'
      throw new DocumentError('strowger', `${found} is not known here, which knows ${VERSION}; write it anew with strowger export of this version`)
    }
    known('', doc, MEMBERS)
    if (!isText(doc.rev)) throw new DocumentError('rev', 'expected the revision of the catalog')
    if (!isObject(doc.catalog)) throw new DocumentError('catalog', 'expected the catalog in its canonical form')
    if (doc.open !== undefined && typeof doc.open !== 'boolean') throw new DocumentError('open', 'expected true or false')
    this.rev = doc.rev
    this.catalog = JSON.stringify(doc.catalog)
    this.#read = doc.catalog
    this.#secrets = readSecrets(doc.secrets === undefined ? {} : doc.secrets, doc.catalog)
    this.#keys = readKeys(doc.keys === undefined ? [] : doc.keys, doc.catalog.keys)
    this.#open = doc.open ?? false
    if (this.#keys.length === 0 && !this.#open) {
      throw new DocumentError('keys', 'missing; whoever finds the address could spend your money: name client keys, or say "open": true')
    }
    this.limits = readLimits(doc.limits === undefined ? {} : doc.limits)
    this.home = doc.home === undefined ? undefined : readHome(doc.home)
    forProxies(doc)
  }

  /** check says that a module has read the catalog as it was exported. @param {string} rev as configure gave it */
  check(rev) {
    if (rev === this.rev) return
    throw new DocumentError('rev', `is ${JSON.stringify(this.rev.slice(0, 64))}, but the catalog's is "${rev}"; change strowger.yaml and export again, with the version of this host`)
  }

  /**
   * secret is what a reference means, by the secret of that name; undefined for one that the document does not have.
   * @param {string} reference @param {(name: string) => string | undefined} get
   */
  secret(reference, get) {
    const name = this.#secrets.get(reference)
    if (name === undefined) return undefined
    const secret = get(name)
    if (!secret) throw new Unset(name)
    return secret
  }

  /**
   * limited are the calls that a cost limit or a rate is about of which an account is kept: all, some or none.
   * @returns {'all' | 'some' | 'none'}
   */
  get limited() {
    const { cost_limits, routes = [], models = [], keys = [] } = this.#read
    const callers = this.#keys.map(({ name }) => keys.find((key) => key.name === name))
    if (this.#open) callers.push({})
    const ways = models.length > 0 ? [...routes, {}] : routes
    const ofCallers = callers.map((key) => Boolean(key?.rate_requests) || lasts(key?.cost_limits))
    const ofWays = ways.map((route) => lasts(route.cost_limits))
    const all = (bound) => bound.length > 0 && bound.every(Boolean)
    if (lasts(cost_limits) || all(ofCallers) || all(ofWays)) return 'all'
    return [...ofCallers, ...ofWays].some(Boolean) ? 'some' : 'none'
  }

  /** reachable says that an endpoint, or an arm of a route, has the secrets that it needs. @param {(name: string) => string | undefined} get */
  reachable(get) {
    const { models = [], routes = [] } = this.#read
    const has = (reference) => !this.#secrets.has(reference) || get(this.#secrets.get(reference))
    const usable = enabled(this.#read).filter(({ key, headers = [] }) => has(key) && headers.every(({ value }) => has(value)))
    const names = new Set(usable.map(({ name }) => name))
    const ends = [...models.flatMap(({ endpoints = [] }) => endpoints), ...routes.flatMap(({ arms = [] }) => arms)]
    return ends.some(({ provider, disabled }) => !disabled && names.has(provider))
  }

  /** missing are the names of the secrets that are needed and get does not give. @param {(name: string) => string | undefined} get */
  missing(get) {
    const names = new Set()
    for (const [, reference] of references({ providers: enabled(this.#read) })) names.add(this.#secrets.get(reference))
    if (this.home) names.add(this.home.secret)
    return [...names].filter((name) => !get(name))
  }

  /**
   * caller is the name of the client key that a request carries, or what to refuse it with.
   * @param {Request} request
   * @returns {Promise<{client: string, refused?: import('./request.mjs').Mistake}>}
   */
  async caller(request) {
    const schema = schemaOf(pathOf(request), request.headers)
    const key = clientKey(request, schema)
    const client = key && this.#keys.length > 0 ? await nameOf(this.#keys, key) : ''
    // SDKs send some key always: where none is needed, one that is not ours counts as none (core/router, Refused).
    if (client || (this.#open && !key.startsWith(KEY_PREFIX))) return { client }
    const message = key ? 'the client key is not known here' : `a client key is needed: send it as ${KEY_PLACES[schema] ?? 'authorization: Bearer KEY'}`
    return { client: '', refused: { code: 'unauthorized', message } }
  }
}

const KEY_PLACES = { anthropic: 'x-api-key: KEY', gemini: 'x-goog-api-key: KEY' }

/** clientKey is the key where the official SDKs put it; in the query only where Gemini's API has it. */
export function clientKey({ headers, url }, schema) {
  const [, bearer] = /^bearer +(.*)$/i.exec(headers.get('authorization') ?? '') ?? []
  if (bearer !== undefined) return bearer.trim()
  for (const name of ['x-api-key', 'x-goog-api-key', 'api-key']) {
    const key = headers.get(name)
    if (key) return key
  }
  return (schema === 'gemini' && new URL(url).searchParams.get('key')) || ''
}

// Every key is compared, and each of them whole: how long it takes tells nothing.
async function nameOf(keys, given) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(given)))
  let found = ''
  for (const { name, digest: of } of keys) {
    let differs = 0
    for (let i = 0; i < digest.length; i++) differs |= digest[i] ^ of[i]
    if (differs === 0) found = name
  }
  return found
}

function parse(text) {
  if (text.length > MOST_DOCUMENT || new TextEncoder().encode(text).length > MOST_DOCUMENT) throw new DocumentError('', `larger than ${MOST_DOCUMENT >> 20} MiB; that is no deployment document`)
  let doc
  try {
    doc = JSON.parse(text)
  } catch {
    // The parser's own message may show a piece of what stands there.
    throw new DocumentError('', 'not valid JSON; write it anew with strowger export')
  }
  const name = twice(text)
  if (name !== undefined) throw new DocumentError('', `${JSON.stringify(name.slice(0, 64))} stands twice in one object; write it anew with strowger export`)
  return doc
}

/** twice is a member that an object of valid JSON has two of: which of them counts is for every reader another. */
function twice(text) {
  const open = [] // the names in each object that has not ended
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open.push(new Set())
    else if (text[i] === '}') open.pop()
    else if (text[i] === '"') {
      const from = i++
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
      AFTER.lastIndex = i + 1
      if (!AFTER.test(text)) continue
      const name = JSON.parse(text.slice(from, i + 1))
      const names = open.at(-1)
      if (names.has(name)) return name
      names.add(name)
    }
  }
  return undefined
}

const AFTER = /\s*:/y // what follows the name of a member

// Every reference of the catalog has the name of a secret, and nothing else has one. Whether the catalog is one is the
// module's to say.
function readSecrets(secrets, catalog) {
  if (!isObject(secrets)) throw new DocumentError('secrets', 'expected an object of references with the names of secrets')
  const used = new Set()
  for (const [place, reference] of references(catalog)) {
    used.add(reference)
    if (Object.hasOwn(secrets, reference)) continue
    throw new DocumentError('secrets', `${JSON.stringify(reference.slice(0, 64))}, which ${place} refers to, is missing; name the host's secret`)
  }
  for (const [reference, name] of Object.entries(secrets)) {
    secretName(`secrets.${reference}`, name)
    if (!used.has(reference)) throw new DocumentError('secrets', `nothing in the catalog refers to ${JSON.stringify(reference.slice(0, 64))}; remove it`)
  }
  return new Map(Object.entries(secrets))
}

/** references are the places of a catalog that hold one, with it. */
function* references({ providers }) {
  for (const { name, key, headers } of list(providers)) {
    if (isText(key)) yield [`providers.${name}.api_key`, key]
    for (const header of list(headers)) if (isText(header.value)) yield [`providers.${name}.headers.${header.name}`, header.value]
  }
}

/** enabled are the providers of a catalog that requests are sent to. */
const enabled = ({ providers }) => list(providers).filter(({ disabled }) => !disabled)

/** lasts says that one of limits is about more than a single request, so that an account is kept of it. */
export const lasts = (limits = []) => limits.some(({ per }) => per !== 'request')

const list = (value) => (Array.isArray(value) ? value.filter(isObject) : [])

function readKeys(keys, ofCatalog) {
  const names = new Set(Array.isArray(ofCatalog) ? ofCatalog.map((key) => key?.name) : [])
  if (!Array.isArray(keys)) throw new DocumentError('keys', 'expected a list')
  return keys.map((key, i) => {
    if (!isObject(key)) throw new DocumentError(`keys[${i}]`, 'expected an object')
    known(`keys[${i}]`, key, ['name', 'sha256'])
    if (!isText(key.name)) throw new DocumentError(`keys[${i}].name`, 'expected a text')
    if (!names.has(key.name)) {
      const name = JSON.stringify(key.name.slice(0, 64))
      throw new DocumentError(`keys[${i}]`, `${name} is no key of the catalog, so that no limit of it would hold; add it to strowger.yaml and export again`)
    }
    if (typeof key.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(key.sha256)) {
      throw new DocumentError(`keys[${i}].sha256`, 'expected the SHA-256 of the key in 64 lower-case hexadecimal digits')
    }
    return { name: key.name, digest: Uint8Array.from(key.sha256.match(/../g), (pair) => parseInt(pair, 16)) }
  })
}

function readLimits(limits) {
  if (!isObject(limits)) throw new DocumentError('limits', 'expected an object')
  known('limits', limits, Object.keys(DEFAULT_LIMITS))
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 0 || value > MOST_BYTES) {
      throw new DocumentError(`limits.${name}`, `expected a number of bytes from 1 to ${MOST_BYTES}`)
    }
  }
  return { maxBody: limits.max_body || DEFAULT_LIMITS.max_body, maxAnswer: limits.max_answer || DEFAULT_LIMITS.max_answer }
}

function readHome(home) {
  if (!isObject(home)) throw new DocumentError('home', 'expected an object')
  known('home', home, ['url', 'secret', 'name'])
  if (!isText(home.url) || !ADDRESS.test(home.url) || !URL.canParse(home.url)) {
    throw new DocumentError('home.url', 'expected an http or https address without user name, password, query or fragment')
  }
  secretName('home.secret', home.secret)
  if (!isText(home.name)) throw new DocumentError('home.name', 'missing; how is this host to be called there?')
  if (!LABEL.test(home.name)) throw new DocumentError('home.name', 'expected letters, digits and signs of ASCII, at most 256: it is sent in a header')
  return { url: home.url.replace(/\/+$/, ''), secret: home.secret, name: home.name }
}

// What edge/document asks of texts, in Go.
const ADDRESS = /^https?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(:0*[1-9][0-9]*)?(\/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*)?$/
const LABEL = /^(?=.{1,256}$)[!-~]([ -~]*[!-~])?$/

/** forProxies checks what only a proxy needs. */
function forProxies({ profile, clusters = {}, catalog }) {
  if (profile !== undefined && !isText(profile)) throw new DocumentError('profile', 'expected the name of a kind of proxies')
  if (!isObject(clusters)) throw new DocumentError('clusters', 'expected an object of providers with the names of clusters')
  const names = new Set(list(catalog.providers).map(({ name }) => name))
  for (const [provider, cluster] of Object.entries(clusters)) {
    if (typeof cluster !== 'string') throw new DocumentError(`clusters.${provider}`, 'expected a text')
    if (cluster && names.has(provider)) continue
    throw new DocumentError('clusters', `${JSON.stringify(provider.slice(0, 64))} must be a provider of the catalog, with the name of a cluster`)
  }
}

function secretName(place, name) {
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)) {
    throw new DocumentError(place, 'expected the name of a secret: letters, digits and underscores, no digit first')
  }
}

function known(place, object, names) {
  const stranger = Object.keys(object).find((name) => !names.includes(name))
  if (stranger !== undefined) {
    throw new DocumentError(place, `${JSON.stringify(stranger.slice(0, 64))} is not known; it may be one of ${names.join(', ')}`)
  }
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value) => typeof value === 'string' && value !== ''
