-- See 0009-events-collate-c.sql.
ALTER TABLE pruned_days ALTER COLUMN site_id TYPE TEXT COLLATE "C";
ANALYZE pruned_days;
