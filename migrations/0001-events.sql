-- Raw events. The unique key makes each count once.
CREATE TABLE events (
  id          BIGSERIAL   PRIMARY KEY,
  event_id    UUID        NOT NULL,
  site_id     TEXT        NOT NULL,
  event_type  TEXT        NOT NULL,
  path        TEXT        NOT NULL,
  user_id     TEXT        NOT NULL,
  timestamp   TIMESTAMPTZ NOT NULL,
  received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (site_id, event_id)
);
