-- See 0009-events-collate-c.sql.
ALTER TABLE dead_events
  ALTER COLUMN stream TYPE TEXT COLLATE "C",
  ALTER COLUMN entry_id TYPE TEXT COLLATE "C";
ANALYZE dead_events;
