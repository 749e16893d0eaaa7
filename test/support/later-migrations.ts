import { MIGRATIONS, type Migration } from "../../src/store/schema/migrations.ts";

/** As on a table of some hundred thousand rows. */
const REWRITE_SECONDS = 2;

/**
 * Migrations of a future version, which repeat every kind of change of the existing ones while an older binary stores. The
 * slowest recreates a generated column and locks its table while it does.
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

/** Changes the collation of every text key, like the migrations to "C". */
function laterCollations(version: number): readonly Migration[] {
  return MIGRATIONS.filter(({ textKey }) => textKey !== undefined).map((migration, number) => ({
    ...migration,
    version: version + number,
    name: `later-${migration.name}`,
    sql: migration.sql.replaceAll('"C"', '"POSIX"'),
  }));
}
