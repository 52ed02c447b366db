-- What lists, charts and counts are read from without reading a million rows. It is made from the
-- rows behind their backs, up to a seq that stands in marks: what is newer is read as it is.

CREATE TABLE marks (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What occurs among 512 decisions, those of seq block*512 and on: enough to know that none of
-- them is meant. facts are in the form of facts.go.
CREATE TABLE blocks (
  block  INTEGER PRIMARY KEY,
  newest INTEGER NOT NULL, -- unix time of the decision that began last
  facts  BLOB NOT NULL
) STRICT;

-- They tell more than this index did, and cost less.
DROP INDEX decisions_kind;

-- What came to pass in an hour, and, for the last two days, in a minute, by kinds.id, by
-- attempts and their outcomes, and by what fell back. data is in the form of roll.go.
CREATE TABLE hours (
  at   INTEGER PRIMARY KEY, -- unix time in seconds
  data BLOB NOT NULL
) STRICT;

CREATE TABLE minutes (
  at   INTEGER PRIMARY KEY, -- unix time in seconds
  data BLOB NOT NULL
) STRICT;
