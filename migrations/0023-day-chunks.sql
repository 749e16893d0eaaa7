-- The rows of a site with an id up to packed_id are in its chunks.
CREATE TABLE site_packing (
  site_id   TEXT COLLATE "C" PRIMARY KEY,
  packed_id BIGINT      NOT NULL DEFAULT 0,
  packed_at TIMESTAMPTZ
);

-- Keys the hashes of users in chunks. Made by the first packer.
CREATE TABLE packing_secret (
  only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
  secret   BYTEA   NOT NULL
);

CREATE SEQUENCE day_chunk_versions;

-- Events of a site and UTC day, column by column, in order of time. A column is NULL where no event has the field. Parts of a day have
-- disjoint ranges of ids, and part is the first id.
CREATE TABLE day_chunks (
  site_id      TEXT COLLATE "C" NOT NULL,
  date         DATE     NOT NULL,
  part         BIGINT   NOT NULL,
  version      BIGINT   NOT NULL DEFAULT nextval('day_chunk_versions'),
  events       INTEGER  NOT NULL,
  first_id     BIGINT   NOT NULL,
  last_id      BIGINT   NOT NULL,
  format       SMALLINT NOT NULL,
  times        BYTEA    NOT NULL,
  users        BYTEA    NOT NULL,
  user_index   BYTEA    NOT NULL,
  user_texts   BYTEA    NOT NULL,
  event_type   BYTEA    NOT NULL,
  path         BYTEA    NOT NULL,
  hostname     BYTEA,
  referrer     BYTEA,
  utm_source   BYTEA,
  utm_medium   BYTEA,
  utm_campaign BYTEA,
  utm_term     BYTEA,
  utm_content  BYTEA,
  title        BYTEA,
  language     BYTEA,
  screen       BYTEA,
  country      BYTEA,
  device       BYTEA,
  browser      BYTEA,
  os           BYTEA,
  session_id   BYTEA,
  properties   BYTEA,
  engaged_ms   BYTEA,
  visitor      BYTEA,
  PRIMARY KEY (site_id, date, part)
);

-- Columns are compressed already.
ALTER TABLE day_chunks
  ALTER COLUMN times SET STORAGE EXTERNAL,
  ALTER COLUMN users SET STORAGE EXTERNAL,
  ALTER COLUMN user_index SET STORAGE EXTERNAL,
  ALTER COLUMN user_texts SET STORAGE EXTERNAL,
  ALTER COLUMN event_type SET STORAGE EXTERNAL,
  ALTER COLUMN path SET STORAGE EXTERNAL,
  ALTER COLUMN hostname SET STORAGE EXTERNAL,
  ALTER COLUMN referrer SET STORAGE EXTERNAL,
  ALTER COLUMN utm_source SET STORAGE EXTERNAL,
  ALTER COLUMN utm_medium SET STORAGE EXTERNAL,
  ALTER COLUMN utm_campaign SET STORAGE EXTERNAL,
  ALTER COLUMN utm_term SET STORAGE EXTERNAL,
  ALTER COLUMN utm_content SET STORAGE EXTERNAL,
  ALTER COLUMN title SET STORAGE EXTERNAL,
  ALTER COLUMN language SET STORAGE EXTERNAL,
  ALTER COLUMN screen SET STORAGE EXTERNAL,
  ALTER COLUMN country SET STORAGE EXTERNAL,
  ALTER COLUMN device SET STORAGE EXTERNAL,
  ALTER COLUMN browser SET STORAGE EXTERNAL,
  ALTER COLUMN os SET STORAGE EXTERNAL,
  ALTER COLUMN session_id SET STORAGE EXTERNAL,
  ALTER COLUMN properties SET STORAGE EXTERNAL,
  ALTER COLUMN engaged_ms SET STORAGE EXTERNAL,
  ALTER COLUMN visitor SET STORAGE EXTERNAL;
