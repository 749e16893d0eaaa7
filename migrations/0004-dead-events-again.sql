-- A stream that was deleted or lost uses ids again: an entry is the same only when its fields are.
CREATE UNIQUE INDEX dead_events_entry ON dead_events (stream, entry_id, md5(fields::text));
ALTER TABLE dead_events DROP CONSTRAINT dead_events_stream_entry_id_key;
