-- What a site's reports name: filters of events, and of visits. A definition is the JSON of the API without the name.
CREATE TABLE site_goals (
  site_id    TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  definition JSONB            NOT NULL,
  PRIMARY KEY (site_id, name)
);

CREATE TABLE site_segments (
  site_id    TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  definition JSONB            NOT NULL,
  PRIMARY KEY (site_id, name)
);
