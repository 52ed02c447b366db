-- Samples that edge hosts have measured and sent, apart from those of decisions made here. A batch
-- stays as long as its samples do, so that one that is sent again is known.

CREATE TABLE edge_batches (
  id      INTEGER PRIMARY KEY,
  edge    TEXT NOT NULL,
  batch   TEXT NOT NULL,    -- as the edge calls it
  at      INTEGER NOT NULL, -- when it came
  samples INTEGER NOT NULL, -- those kept
  unknown INTEGER NOT NULL, -- those of endpoints that were not known here
  dropped INTEGER NOT NULL, -- what the edge could not keep until it was sent
  UNIQUE (edge, batch)
) STRICT;

CREATE INDEX edge_batches_at ON edge_batches (at);

CREATE TABLE edge_samples (
  batch          INTEGER NOT NULL, -- edge_batches.id
  n              INTEGER NOT NULL, -- from 1
  endpoint       INTEGER NOT NULL, -- endpoints.id; this and what follows as in samples
  at             INTEGER NOT NULL,
  outcome        TEXT NOT NULL,
  flags          INTEGER NOT NULL,
  status         INTEGER NOT NULL,
  first          INTEGER,
  total          INTEGER NOT NULL,
  input          INTEGER NOT NULL,
  cache_read     INTEGER NOT NULL,
  cache_write    INTEGER NOT NULL,
  output         INTEGER NOT NULL,
  reasoning      INTEGER NOT NULL,
  price          INTEGER,
  cost           INTEGER,
  retry_at       INTEGER,
  images         INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL,
  account        TEXT,
  PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;
