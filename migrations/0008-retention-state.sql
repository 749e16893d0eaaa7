-- The state of pruning. Storing skips events received before pruned_before, since the row that would identify a duplicate may
-- have been pruned.
CREATE TABLE retention_state (
  only_row      BOOLEAN     PRIMARY KEY DEFAULT true CHECK (only_row),
  pruned_before TIMESTAMPTZ NOT NULL,
  kept_days     INTEGER     NOT NULL
);
