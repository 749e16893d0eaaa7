-- See 0009-events-collate-c.sql.
ALTER TABLE daily_site_users
  ALTER COLUMN site_id TYPE TEXT COLLATE "C",
  ALTER COLUMN user_id TYPE TEXT COLLATE "C";
ANALYZE daily_site_users;
