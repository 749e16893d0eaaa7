-- Public links to a site's dashboard. Only hashes: of the link, and of its password, if it has one.
CREATE TABLE site_shares (
  site_id       TEXT COLLATE "C" NOT NULL,
  share_id      TEXT COLLATE "C" NOT NULL,
  hash          BYTEA            NOT NULL UNIQUE,
  label         TEXT             NOT NULL DEFAULT '',
  password_hash TEXT,
  created_at    TIMESTAMPTZ      NOT NULL DEFAULT now(),
  PRIMARY KEY (site_id, share_id)
);
