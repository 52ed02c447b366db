-- How an answer went on that broke off: prefill or replay. NULL: it did not.
ALTER TABLE decisions ADD COLUMN resumed TEXT;
ALTER TABLE decisions ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0; -- events that could not be read
