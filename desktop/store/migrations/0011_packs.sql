-- What a request writes is less: of an exchange whose one attempt served, and said no more than its
-- decision does, attempt and sample stand in the decision's row, and documents that were written
-- together stand in one row. Records from before are read as they are.

ALTER TABLE attempts RENAME TO attempt_rows;
ALTER TABLE samples RENAME TO sample_rows;
ALTER TABLE docs RENAME TO doc_rows;

-- Documents of decisions from first to last, in the form of pack.go. doc_rows has what is in none.
CREATE TABLE packs (
  first INTEGER PRIMARY KEY, -- decisions.seq
  last  INTEGER NOT NULL,
  data  BLOB NOT NULL
) STRICT;

-- Its one attempt; took is NULL: attempts and samples stand in rows of their own.
ALTER TABLE decisions ADD COLUMN start INTEGER; -- since the exchange began
ALTER TABLE decisions ADD COLUMN token INTEGER; -- since start; NULL: none came
ALTER TABLE decisions ADD COLUMN took  INTEGER; -- since start
ALTER TABLE decisions ADD COLUMN ended INTEGER; -- since the exchange began, by the sample
ALTER TABLE decisions ADD COLUMN price INTEGER; -- prices.id; NULL: unknown

CREATE VIEW attempts (seq, n, endpoint, outcome, status, start, first, total, error) AS
  SELECT seq, n, endpoint, outcome, status, start, first, total, error FROM attempt_rows
  UNION ALL
  SELECT d.seq, CAST(1 AS INTEGER), k.endpoint, CAST('ok' AS TEXT), d.status, d.start, d.token, d.took, CAST(NULL AS TEXT)
  FROM decisions d CROSS JOIN kinds k ON k.id = d.kind WHERE d.took IS NOT NULL;

CREATE VIEW samples (seq, n, endpoint, at, outcome, flags, status, first, total, input, cache_read, cache_write, output, reasoning,
    price, cost, retry_at, images, cache_write_1h, account) AS
  SELECT seq, n, endpoint, at, outcome, flags, status, first, total, input, cache_read, cache_write, output, reasoning,
    price, cost, retry_at, images, cache_write_1h, account FROM sample_rows
  UNION ALL
  SELECT d.seq, CAST(1 AS INTEGER), k.endpoint, CAST(d.at + d.ended AS INTEGER), CAST('ok' AS TEXT), CAST(d.stream + 2 + 4 * d.estimated AS INTEGER), d.status, d.token, d.took,
    d.input, d.cache_read, d.cache_write, d.output, d.reasoning, d.price, d.cost, CAST(NULL AS INTEGER), d.images, d.cache_write_1h, CAST(NULL AS TEXT)
  FROM decisions d CROSS JOIN kinds k ON k.id = d.kind WHERE d.took IS NOT NULL;

-- decision_document is this program's own function.
CREATE VIEW docs (seq, doc) AS
  SELECT seq, doc FROM doc_rows
  UNION ALL
  SELECT d.seq, decision_document(p.data, d.seq)
  FROM decisions d CROSS JOIN packs p ON p.first = (SELECT first FROM packs WHERE first <= d.seq ORDER BY first DESC LIMIT 1)
  WHERE p.last >= d.seq AND decision_document(p.data, d.seq) IS NOT NULL;
