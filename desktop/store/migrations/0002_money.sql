-- What was spent in each window of each account, and what requests that have not ended
-- yet may still spend there. Money is micro-dollars, times here are unix seconds.

CREATE TABLE spent (
  account TEXT NOT NULL,
  per     TEXT NOT NULL,    -- day, month
  start   INTEGER NOT NULL, -- of the window
  micro   INTEGER NOT NULL,
  PRIMARY KEY (account, per, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE reserved (
  id      TEXT NOT NULL, -- decisions.id
  account TEXT NOT NULL,
  per     TEXT NOT NULL,
  start   INTEGER NOT NULL,
  micro   INTEGER NOT NULL,
  at      INTEGER NOT NULL, -- when it was reserved
  PRIMARY KEY (id, account, per, start)
) STRICT, WITHOUT ROWID;

-- What is older than a moment is found without reading all.
CREATE INDEX decisions_at ON decisions (at);
