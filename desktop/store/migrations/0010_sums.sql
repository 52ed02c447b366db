-- What charts of long times ask for most: of each hour the sums by provider, model, key, route,
-- strategy and outcome, and how its attempts ended, apart from the counts by kind, of which there
-- are twenty times as many. data is in the form of sums.go. All is counted anew, from the rows.

CREATE TABLE sums (
  at   INTEGER PRIMARY KEY, -- unix time in seconds
  data BLOB NOT NULL
) STRICT;

DELETE FROM hours;
DELETE FROM minutes;
DELETE FROM blocks;
DELETE FROM marks WHERE name = 'counted';

-- What caches have saved: micro-dollars that the tokens of the answer would have cost beside what
-- they did cost. Below 0 where writing to a provider's cache cost more.
ALTER TABLE decisions ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;
