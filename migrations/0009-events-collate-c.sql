-- Compares text as bytes. Under the database's collation, an upgrade of the C library or of ICU changes the order in which an
-- index was built, and its unique key then accepts a row twice. Rebuilds the indexes and leaves the rows as they are. The type
-- change drops the columns' statistics, so ANALYZE collects them again.
ALTER TABLE events
  ALTER COLUMN site_id TYPE TEXT COLLATE "C",
  ALTER COLUMN event_type TYPE TEXT COLLATE "C",
  ALTER COLUMN path TYPE TEXT COLLATE "C",
  ALTER COLUMN user_id TYPE TEXT COLLATE "C";
ANALYZE events;
