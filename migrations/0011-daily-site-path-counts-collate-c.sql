-- See 0009-events-collate-c.sql.
ALTER TABLE daily_site_path_counts
  ALTER COLUMN site_id TYPE TEXT COLLATE "C",
  ALTER COLUMN path TYPE TEXT COLLATE "C";
ANALYZE daily_site_path_counts;
