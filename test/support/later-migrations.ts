import { MIGRATIONS, type Migration } from "../../src/store/schema/migrations.ts";

/** As long as on a table of some hundred thousand rows. */
const REWRITE_SECONDS = 2;

/**
 * Migrations after the engine's last, as they may come: they do all that earlier ones have done to tables which an
 * older binary writes meanwhile, a generated column made anew above all, which holds the table for as long as it takes.
 */
export function laterMigrations(): readonly Migration[] {
  const latest = MIGRATIONS.at(-1)?.version ?? 0;
  const rewrite = MIGRATIONS.find(({ name }) => name === "path-ranks-from-four");
  return [
    {
      version: latest + 1,
      name: "later-ranks",
      sql: `${rewrite?.sql ?? ""} SELECT pg_sleep(${REWRITE_SECONDS});`,
      rewrites: true,
    },
    {
      version: latest + 2,
      name: "later-column",
      sql: "ALTER TABLE events ADD COLUMN later TEXT NOT NULL DEFAULT 'later'",
    },
    {
      version: latest + 3,
      name: "later-letters",
      sql: "ALTER TABLE dead_events ADD COLUMN later TEXT; CREATE TABLE later (id BIGINT PRIMARY KEY)",
    },
    ...laterCollations(latest + 4),
  ];
}

/** Changes the collation of every text key while an older binary stores, as the migrations to "C" have done. */
function laterCollations(version: number): readonly Migration[] {
  return MIGRATIONS.filter(({ textKey }) => textKey !== undefined).map((migration, number) => ({
    ...migration,
    version: version + number,
    name: `later-${migration.name}`,
    sql: migration.sql.replaceAll('"C"', '"POSIX"'),
  }));
}
