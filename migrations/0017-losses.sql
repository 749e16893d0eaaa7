-- Accepted events that were lost. Rows stay after an operator acknowledges them, as a history.
CREATE TABLE losses (
  id              TEXT COLLATE "C" PRIMARY KEY,
  stream          TEXT        NOT NULL,
  consumer_group  TEXT        NOT NULL,
  found_at        TIMESTAMPTZ NOT NULL,
  entries         BIGINT      NOT NULL,
  cause           TEXT        NOT NULL,
  acknowledged_at TIMESTAMPTZ
);
CREATE INDEX losses_unacknowledged ON losses (found_at) WHERE acknowledged_at IS NULL;

-- The last known state of each stream, so that a restarted engine notices a Redis that lost it.
CREATE TABLE stream_states (
  stream         TEXT COLLATE "C" NOT NULL,
  consumer_group TEXT COLLATE "C" NOT NULL,
  epoch          TEXT COLLATE "C" NOT NULL,
  state          JSON             NOT NULL,
  saved_at       TIMESTAMPTZ      NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, consumer_group)
);
