-- A stream that was deleted or lost reuses ids, so an entry is the same only if its fields are. Older rows have no hash and are
-- not in the index, which is therefore created at once, however many there are.
ALTER TABLE dead_events ADD COLUMN fields_hash BIGINT;
CREATE UNIQUE INDEX dead_events_entry ON dead_events (stream, entry_id, fields_hash)
  WHERE fields_hash IS NOT NULL;
ALTER TABLE dead_events DROP CONSTRAINT dead_events_stream_entry_id_key;
