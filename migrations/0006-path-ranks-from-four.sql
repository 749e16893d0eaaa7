-- A path's rank stays 0 until it has four views, from where the index has it. With ranks of its own for one and two views,
-- most updates changed one, and PostgreSQL writes all indexes anew when a column of any has changed. Room is left in each
-- page, so that the new version of a row stays beside the old one. The table is written anew.
ALTER TABLE daily_site_path_counts DROP COLUMN rank;
ALTER TABLE daily_site_path_counts SET (fillfactor = 85);
ALTER TABLE daily_site_path_counts
  ADD COLUMN rank SMALLINT GENERATED ALWAYS AS
    (CASE WHEN views < 4 THEN 0 ELSE floor(ln(views::float8) / ln(2::float8)) END::smallint) STORED;
CREATE INDEX daily_site_path_counts_rank ON daily_site_path_counts (site_id, date, rank DESC) WHERE rank >= 2;
