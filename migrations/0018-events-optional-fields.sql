-- Nullable and without a default, so that no row is rewritten.
ALTER TABLE events
  ADD COLUMN hostname TEXT COLLATE "C",
  ADD COLUMN referrer TEXT COLLATE "C",
  ADD COLUMN utm_source TEXT COLLATE "C",
  ADD COLUMN utm_medium TEXT COLLATE "C",
  ADD COLUMN utm_campaign TEXT COLLATE "C",
  ADD COLUMN utm_term TEXT COLLATE "C",
  ADD COLUMN utm_content TEXT COLLATE "C",
  ADD COLUMN title TEXT COLLATE "C",
  ADD COLUMN language TEXT COLLATE "C",
  ADD COLUMN screen TEXT COLLATE "C",
  ADD COLUMN country TEXT COLLATE "C",
  ADD COLUMN device TEXT COLLATE "C",
  ADD COLUMN browser TEXT COLLATE "C",
  ADD COLUMN os TEXT COLLATE "C",
  ADD COLUMN session_id TEXT COLLATE "C",
  ADD COLUMN properties JSONB;
