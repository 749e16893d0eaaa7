-- Accepted events that were lost. Rows stay until an operator acknowledges them, and after that as a history.
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

-- What was last seen of a stream, so that a Redis that comes back without it is noticed after a restart too.
CREATE TABLE stream_states (
  stream         TEXT COLLATE "C" NOT NULL,
  consumer_group TEXT COLLATE "C" NOT NULL,
  epoch          TEXT COLLATE "C" NOT NULL,
  state          JSON             NOT NULL,
  saved_at       TIMESTAMPTZ      NOT NULL DEFAULT now(),
  PRIMARY KEY (stream, consumer_group)
);
