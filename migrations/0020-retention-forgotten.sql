-- When `queueflow forget` last started. A storing transaction that sees a new time asks Redis whether its entries are still its own: the
-- rows that would identify repeats may be gone.
ALTER TABLE retention_state ADD COLUMN forgotten_at TIMESTAMPTZ;
