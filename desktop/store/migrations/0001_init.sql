-- What repeats from row to row is written once and referred to by number; the rows
-- themselves stay narrow. All times are microseconds, all money is micro-dollars.

CREATE TABLE endpoints (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  provider TEXT NOT NULL,
  model    TEXT NOT NULL,
  UNIQUE (name, provider, model)
) STRICT;

-- Unit prices: micro-dollars per million tokens; request: micro-dollars each.
CREATE TABLE prices (
  id          INTEGER PRIMARY KEY,
  input       INTEGER NOT NULL,
  cache_read  INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output      INTEGER NOT NULL,
  reasoning   INTEGER NOT NULL,
  request     INTEGER NOT NULL,
  UNIQUE (input, cache_read, cache_write, output, reasoning, request)
) STRICT;

-- What few different values of a decision occur together. One index on
-- decisions.kind then serves every filter.
CREATE TABLE kinds (
  id       INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL, -- endpoints.id
  strategy TEXT NOT NULL,
  outcome  TEXT NOT NULL,
  key      TEXT NOT NULL,
  route    TEXT NOT NULL,
  cache    TEXT NOT NULL,
  UNIQUE (endpoint, outcome, strategy, key, route, cache)
) STRICT;

CREATE TABLE decisions (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL,
  at          INTEGER NOT NULL, -- unix time
  asked       TEXT NOT NULL,
  kind        INTEGER NOT NULL, -- kinds.id
  status      INTEGER NOT NULL,
  stream      INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  first       INTEGER,          -- NULL: no token came
  total       INTEGER NOT NULL,
  cost        INTEGER,          -- NULL: unpriced
  input       INTEGER NOT NULL, -- tokens
  cache_read  INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output      INTEGER NOT NULL,
  reasoning   INTEGER NOT NULL,
  estimated   INTEGER NOT NULL  -- the tokens were counted by us
) STRICT;

CREATE INDEX decisions_id ON decisions (id);
CREATE INDEX decisions_kind ON decisions (kind);

-- The decision as JSON, apart, so that lists do not read past it.
CREATE TABLE docs (
  seq INTEGER PRIMARY KEY, -- decisions.seq
  doc BLOB NOT NULL
) STRICT;

CREATE TABLE attempts (
  seq      INTEGER NOT NULL, -- decisions.seq
  n        INTEGER NOT NULL, -- from 1
  endpoint INTEGER NOT NULL, -- endpoints.id
  outcome  TEXT NOT NULL,
  status   INTEGER NOT NULL,
  start    INTEGER NOT NULL, -- since the exchange began
  first    INTEGER,
  total    INTEGER NOT NULL,
  error    TEXT,
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
  seq         INTEGER NOT NULL, -- decisions.seq
  n           INTEGER NOT NULL, -- attempts.n
  endpoint    INTEGER NOT NULL, -- endpoints.id
  at          INTEGER NOT NULL, -- unix time of the attempt's end
  outcome     TEXT NOT NULL,
  flags       INTEGER NOT NULL, -- 1 stream, 2 usage known, 4 usage estimated
  status      INTEGER NOT NULL,
  first       INTEGER,
  total       INTEGER NOT NULL,
  input       INTEGER NOT NULL, -- tokens
  cache_read  INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output      INTEGER NOT NULL,
  reasoning   INTEGER NOT NULL,
  price       INTEGER,          -- prices.id; NULL: unknown
  cost        INTEGER,          -- NULL: unknown
  retry_at    INTEGER,          -- unix time
  PRIMARY KEY (seq, n)
) STRICT, WITHOUT ROWID;
