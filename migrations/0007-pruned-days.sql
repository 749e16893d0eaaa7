-- How many raw rows of a site's day were pruned, so that the rest of them and the rollups can still be compared, and
-- nobody counts such a day again from what is left of it.
CREATE TABLE pruned_days (
  site_id TEXT   NOT NULL,
  date    DATE   NOT NULL,
  events  BIGINT NOT NULL,
  PRIMARY KEY (site_id, date)
);
