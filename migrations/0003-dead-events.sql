-- Dead letters: entries that can never be stored as they are.
CREATE TABLE dead_events (
  id         BIGSERIAL   PRIMARY KEY,
  stream     TEXT        NOT NULL,
  entry_id   TEXT        NOT NULL,
  fields     JSON        NOT NULL,
  reason     TEXT        NOT NULL,
  deliveries BIGINT      NOT NULL,
  died_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (stream, entry_id)
);
