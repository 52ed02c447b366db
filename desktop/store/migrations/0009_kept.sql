-- The catalogs that decisions were made with, without secrets, as export writes them, compressed.

CREATE TABLE catalogs (
  rev  TEXT PRIMARY KEY,
  used INTEGER NOT NULL, -- when it came into use last
  doc  BLOB NOT NULL
) STRICT;

-- Texts of the configuration file from before, for going back. None that holds a secret.

CREATE TABLE configs (
  id   INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,
  why  TEXT NOT NULL,
  rev  TEXT NOT NULL,    -- of the catalog that it makes
  size INTEGER NOT NULL, -- of the text
  text BLOB NOT NULL     -- compressed
) STRICT;

-- Requests and answers, if they are to be kept, compressed. NULL: there was none.

CREATE TABLE bodies (
  seq          INTEGER PRIMARY KEY, -- decisions.seq
  size         INTEGER NOT NULL,    -- of both as they are here
  request_size INTEGER NOT NULL,    -- as it was
  answer_size  INTEGER NOT NULL,
  request      BLOB,
  answer       BLOB
) STRICT;

-- How much all bodies take is known without looking.
INSERT INTO marks (name, value) VALUES ('bodies', 0);

CREATE TRIGGER bodies_come AFTER INSERT ON bodies BEGIN
  UPDATE marks SET value = value + new.size WHERE name = 'bodies';
END;

CREATE TRIGGER bodies_go AFTER DELETE ON bodies BEGIN
  UPDATE marks SET value = value - old.size WHERE name = 'bodies';
END;
