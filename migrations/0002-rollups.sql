-- Rollups by site and UTC day. Each key starts with site_id, so that a distributed PostgreSQL can shard by it.
CREATE TABLE daily_site_stats (
  site_id      TEXT   NOT NULL,
  date         DATE   NOT NULL,
  total_views  BIGINT NOT NULL,
  unique_users BIGINT NOT NULL,
  PRIMARY KEY (site_id, date)
);

CREATE TABLE daily_site_path_counts (
  site_id TEXT   NOT NULL,
  date    DATE   NOT NULL,
  path    TEXT   NOT NULL,
  views   BIGINT NOT NULL,
  PRIMARY KEY (site_id, date, path)
);

-- One row per user and day, which makes unique_users exact.
CREATE TABLE daily_site_users (
  site_id TEXT NOT NULL,
  date    DATE NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (site_id, date, user_id)
);
