-- What happened on a site, for its charts. The name is an id.
CREATE TABLE site_annotations (
  site_id    TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  definition JSONB            NOT NULL,
  PRIMARY KEY (site_id, name)
);
