-- A stream that was deleted or lost uses ids again: an entry is the same only when its fields are. Rows from
-- before have no hash, and the index none of them, so that it is made at once however many they are.
ALTER TABLE dead_events ADD COLUMN fields_hash BIGINT;
CREATE UNIQUE INDEX dead_events_entry ON dead_events (stream, entry_id, fields_hash)
  WHERE fields_hash IS NOT NULL;
ALTER TABLE dead_events DROP CONSTRAINT dead_events_stream_entry_id_key;
