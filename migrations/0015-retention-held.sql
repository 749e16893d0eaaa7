-- A prune that would delete more than half of all rows waits for a person, possibly before anything was ever pruned.
ALTER TABLE retention_state
  ALTER COLUMN pruned_before DROP NOT NULL,
  ALTER COLUMN kept_days DROP NOT NULL,
  ADD COLUMN held_since TIMESTAMPTZ,
  ADD COLUMN held_events BIGINT;
