-- Nullable and without a default, so that no row is rewritten.
ALTER TABLE events
  ADD COLUMN engaged_ms INTEGER,
  ADD COLUMN visitor TEXT COLLATE "C";
