-- A prune that would take most of all rows waits for a person; nothing may have been pruned before.
ALTER TABLE retention_state
  ALTER COLUMN pruned_before DROP NOT NULL,
  ALTER COLUMN kept_days DROP NOT NULL,
  ADD COLUMN held_since TIMESTAMPTZ,
  ADD COLUMN held_events BIGINT;
