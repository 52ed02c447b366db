-- What became of answers of models that auto mode had chosen, and what the choice was made from:
-- numbers read from the prompt, nothing of what was said. A row is enough to learn from, whether
-- or not its decision is still there.

CREATE TABLE verdicts (
  decision   TEXT NOT NULL,    -- decisions.id
  source     TEXT NOT NULL,    -- how it is known: feedback, regenerated, …
  at         INTEGER NOT NULL, -- when the decision was made
  model      TEXT NOT NULL,    -- whose answer it was
  good       INTEGER NOT NULL,
  preference TEXT NOT NULL,
  category   TEXT NOT NULL,
  language   TEXT NOT NULL,
  difficulty INTEGER NOT NULL, -- permille
  quality    INTEGER NOT NULL, -- expected before anything was learned, permille
  layout     INTEGER NOT NULL, -- tells what the features are
  features   BLOB NOT NULL,    -- 16 bits each, the lower byte first
  PRIMARY KEY (decision, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX verdicts_at ON verdicts (at);
