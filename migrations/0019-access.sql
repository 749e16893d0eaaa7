-- What an operator has set for a site. A site needs no row to receive events.
CREATE TABLE sites (
  site_id            TEXT COLLATE "C" PRIMARY KEY,
  name               TEXT        NOT NULL,
  time_zone          TEXT        NOT NULL DEFAULT 'UTC',
  origins            TEXT[]      NOT NULL DEFAULT '{}',
  hostnames          TEXT[]      NOT NULL DEFAULT '{}',
  excluded_networks  TEXT[]      NOT NULL DEFAULT '{}',
  excluded_paths     TEXT[]      NOT NULL DEFAULT '{}',
  excluded_countries TEXT[]      NOT NULL DEFAULT '{}',
  limits             JSONB       NOT NULL DEFAULT '{}',
  created_at         TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Hashes of keys. The site '' stands for every site. Revoked and expired keys stay: they keep closed what their kind closes.
CREATE TABLE site_keys (
  site_id      TEXT COLLATE "C" NOT NULL,
  key_id       TEXT COLLATE "C" NOT NULL,
  kind         TEXT             NOT NULL,
  hash         BYTEA            NOT NULL UNIQUE,
  label        TEXT             NOT NULL DEFAULT '',
  limits       JSONB            NOT NULL DEFAULT '{}',
  created_at   TIMESTAMPTZ      NOT NULL DEFAULT now(),
  expires_at   TIMESTAMPTZ,
  revoked_at   TIMESTAMPTZ,
  last_used_at TIMESTAMPTZ,
  PRIMARY KEY (site_id, key_id)
);
