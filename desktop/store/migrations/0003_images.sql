-- Images cost too: image is micro-dollars each. It is one of the prices that make a row, so
-- that the table is made anew, with the numbers that samples refer to.

CREATE TABLE prices_with_image (
  id          INTEGER PRIMARY KEY,
  input       INTEGER NOT NULL,
  cache_read  INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output      INTEGER NOT NULL,
  reasoning   INTEGER NOT NULL,
  request     INTEGER NOT NULL,
  image       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (input, cache_read, cache_write, output, reasoning, request, image)
) STRICT;

INSERT INTO prices_with_image (id, input, cache_read, cache_write, output, reasoning, request)
SELECT id, input, cache_read, cache_write, output, reasoning, request FROM prices;

DROP TABLE prices;
ALTER TABLE prices_with_image RENAME TO prices;

ALTER TABLE samples ADD COLUMN images INTEGER NOT NULL DEFAULT 0; -- of the input
