-- Finds the most viewed paths of a day without sorting all of them. An index on views itself would be written with
-- every view; a path's rank, the power of two that its views have reached, changes so rarely that an update still
-- touches no index. Paths of fewer than four views, the most by far, are not in it. The table is written anew.
ALTER TABLE daily_site_path_counts
  ADD COLUMN rank SMALLINT GENERATED ALWAYS AS (floor(ln(views::float8) / ln(2::float8))::smallint) STORED;
CREATE INDEX daily_site_path_counts_rank ON daily_site_path_counts (site_id, date, rank DESC) WHERE rank >= 2;
