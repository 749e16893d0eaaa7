-- See 0009-events-collate-c.sql.
ALTER TABLE daily_site_stats ALTER COLUMN site_id TYPE TEXT COLLATE "C";
ANALYZE daily_site_stats;
