-- How many raw rows of a site's day were pruned: `verify` adds them to the remaining rows, and `rebuild` refuses the day.
CREATE TABLE pruned_days (
  site_id TEXT   NOT NULL,
  date    DATE   NOT NULL,
  events  BIGINT NOT NULL,
  PRIMARY KEY (site_id, date)
);
