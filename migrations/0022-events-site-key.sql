-- Reports read a site's newest rows by (site_id, id), which a distributed PostgreSQL also needs as the key. The plain index finds new rows
-- of every site. Both exist before the old key is dropped; on a large table, the engine builds them beforehand without blocking batches.
CREATE UNIQUE INDEX IF NOT EXISTS events_site_key ON events (site_id, id);
CREATE INDEX IF NOT EXISTS events_id ON events (id);
ALTER TABLE events
  DROP CONSTRAINT events_pkey,
  ADD CONSTRAINT events_site_key PRIMARY KEY USING INDEX events_site_key;
