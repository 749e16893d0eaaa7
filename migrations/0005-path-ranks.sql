-- Finds the most viewed paths of a day without sorting all of them. An index on views would be written with every view. A path's
-- rank, the power of two that its views have reached, changes so rarely that most updates touch no index. Most paths have fewer
-- than four views and are not in it. The table is rewritten.
ALTER TABLE daily_site_path_counts
  ADD COLUMN rank SMALLINT GENERATED ALWAYS AS (floor(ln(views::float8) / ln(2::float8))::smallint) STORED;
CREATE INDEX daily_site_path_counts_rank ON daily_site_path_counts (site_id, date, rank DESC) WHERE rank >= 2;
