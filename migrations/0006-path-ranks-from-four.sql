-- A path's rank stays 0 until it has four views, from when on it is in the index. With ranks for one and two views, most updates
-- changed a rank, and then PostgreSQL writes all indexes. The fill factor leaves room in each page for the new version of a row.
-- The table is rewritten.
ALTER TABLE daily_site_path_counts DROP COLUMN rank;
ALTER TABLE daily_site_path_counts SET (fillfactor = 85);
ALTER TABLE daily_site_path_counts
  ADD COLUMN rank SMALLINT GENERATED ALWAYS AS
    (CASE WHEN views < 4 THEN 0 ELSE floor(ln(views::float8) / ln(2::float8)) END::smallint) STORED;
CREATE INDEX daily_site_path_counts_rank ON daily_site_path_counts (site_id, date, rank DESC) WHERE rank >= 2;
