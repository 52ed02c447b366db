-- What is kept in a cache for an hour has a price of its own, which is one of those that make
-- a row of prices, so that the table is made anew, with the numbers that samples refer to.

CREATE TABLE prices_with_hour (
  id             INTEGER PRIMARY KEY,
  input          INTEGER NOT NULL,
  cache_read     INTEGER NOT NULL,
  cache_write    INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL DEFAULT 0,
  output         INTEGER NOT NULL,
  reasoning      INTEGER NOT NULL,
  request        INTEGER NOT NULL,
  image          INTEGER NOT NULL,
  UNIQUE (input, cache_read, cache_write, cache_write_1h, output, reasoning, request, image)
) STRICT;

INSERT INTO prices_with_hour (id, input, cache_read, cache_write, output, reasoning, request, image)
SELECT id, input, cache_read, cache_write, output, reasoning, request, image FROM prices;

DROP TABLE prices;
ALTER TABLE prices_with_hour RENAME TO prices;

-- flags has one bit more: 8 went on with an answer that another attempt had begun.
ALTER TABLE samples ADD COLUMN cache_write_1h INTEGER NOT NULL DEFAULT 0; -- tokens
ALTER TABLE samples ADD COLUMN account TEXT; -- the provider whose whole account is limited

-- cost is that of the answer, and what the attempts cost that failed stands apart. In rows from
-- before, cost is that of all attempts. NULL: unpriced, as in cost.
ALTER TABLE decisions ADD COLUMN failed INTEGER DEFAULT 0;
ALTER TABLE decisions ADD COLUMN cache_write_1h INTEGER NOT NULL DEFAULT 0; -- tokens
ALTER TABLE decisions ADD COLUMN images INTEGER NOT NULL DEFAULT 0;         -- of the input
