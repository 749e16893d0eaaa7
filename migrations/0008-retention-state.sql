-- What pruning has done so far. Storing rejects what was received before pruned_before, since the row that would identify
-- it as a duplicate may be gone.
CREATE TABLE retention_state (
  only_row      BOOLEAN     PRIMARY KEY DEFAULT true CHECK (only_row),
  pruned_before TIMESTAMPTZ NOT NULL,
  kept_days     INTEGER     NOT NULL
);
