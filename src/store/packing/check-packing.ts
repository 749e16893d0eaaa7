import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { readAppliedVersions } from "../schema/applied-migrations.ts";
import { MIGRATIONS } from "../schema/migrations.ts";

/** Without its indexes, finding a site's new rows reads all rows; with an index in another order, it misses some. */
const REQUIRED = new Set([
  "events-collate-c",
  "events-site-key",
  "day-chunks",
  "pruned-days-unpacked",
]);

/** Names the migrations that packing waits for. */
export async function migrationsBeforePacking(database: Database): Promise<readonly string[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [schema] = await sql`SELECT to_regclass('schema_migrations') IS NOT NULL AS exists`;
    const applied = schema?.["exists"] === true ? await readAppliedVersions(sql) : new Set();
    return MIGRATIONS.filter(
      ({ name, version }) => REQUIRED.has(name) && !applied.has(version),
    ).map(({ name }) => name);
  });
}

export interface SequenceState {
  readonly lastValue: bigint;
  /** Of all sites. */
  readonly packedId: bigint;
  /** Ids that a session draws at once. */
  readonly cache: number;
}

export async function readSequenceState(database: Database): Promise<SequenceState> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ last: string; packed: string; cache: number }[]>`
      SELECT last_value::text AS last,
        (SELECT coalesce(max(packed_id), 0)::text FROM site_packing) AS packed,
        (SELECT seqcache::int FROM pg_sequence WHERE seqrelid = 'events_id_seq'::regclass) AS cache
      FROM events_id_seq`;
    const { last = "0", packed = "0", cache = 1 } = row ?? {};
    return { lastValue: BigInt(last), packedId: BigInt(packed), cache };
  });
}

/** New rows get larger ids than every packed one. */
export async function raiseSequence(database: Database, id: bigint): Promise<void> {
  await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql`SELECT setval('events_id_seq', greatest(last_value, ${String(id)}::text::bigint)) FROM events_id_seq`,
  );
}
