-- How many of a day's pruned rows are in chunks, and how many are in none. What an older binary prunes counts as unpacked. Rewrites a table of
-- a row per site and day.
ALTER TABLE pruned_days
  ADD COLUMN packed BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN unpacked BIGINT GENERATED ALWAYS AS (events - packed) STORED;
