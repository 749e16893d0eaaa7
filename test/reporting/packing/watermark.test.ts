import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { SQL } from "bun";
import type { Sql } from "postgres";
import { packSite } from "../../../src/reporting/packing/pack-site.ts";
import { Database } from "../../../src/store/database.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { Watermark } from "../../../src/store/packing/watermark.ts";
import { migrate } from "../../../src/store/schema/migrate.ts";
import { awaitAbsentStandby } from "../../support/awaited-standby.ts";
import { connectPostgres } from "../../support/connect.ts";
import { eventually } from "../../support/eventually.ts";
import { checkChunks, SECRET } from "../../support/packing.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { suspend } from "../../support/server-processes.ts";
import {
  ownPostgres,
  type RunningServers,
  SERVERS_START_TIMEOUT_MS,
} from "../../support/servers.ts";

const SITE = "late.example";
const LOCK = 42;

let server: RunningServers;
let database: Database;
/** Stores the late row. */
let storing: Sql;
let other: Sql;
let sql: SQL;

beforeAll(async () => {
  server = await ownPostgres();
  other = connectPostgres(server.databaseUrl, { max: 1 });
  await other`ALTER SYSTEM SET max_prepared_transactions = 4`;
  await restartServer();
  database = new Database({ url: server.databaseUrl, connectionsMax: 1 });
  await migrate(database, recordingLog().log);
  storing = connectPostgres(server.databaseUrl, { max: 1 });
  sql = openSql({ url: server.databaseUrl, connectionsMax: 1 });
  // Holds a row between the drawing of its id and its storing, and a COMMIT before it is recorded.
  await other.unsafe(`
    CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END $$;
    CREATE TRIGGER at_insert BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.path = '/slow')
      EXECUTE FUNCTION wait_for_test();
    CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.path = '/commit') EXECUTE FUNCTION wait_for_test();`);
}, SERVERS_START_TIMEOUT_MS);

// A test that failed may hold it.
afterEach(async () => void (await other`SELECT pg_advisory_unlock_all()`));

afterAll(async () => {
  await sql.close();
  await Promise.all([storing.end(), other.end(), database.close(1_000)]);
  await server[Symbol.asyncDispose]();
});

async function restartServer(): Promise<void> {
  const [before] = await other<{ pid: number; at: Date }[]>`
    SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int AS pid, pg_postmaster_start_time() AS at`;
  process.kill(before?.pid ?? 0, "SIGINT");
  await eventually(async () => {
    const [now] = await other<{ at: Date }[]>`SELECT pg_postmaster_start_time() AS at`;
    expect(now?.at).not.toEqual(before?.at);
  });
}

function insertOf(path: string): string {
  return `INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    VALUES (gen_random_uuid(), '${SITE}', 'page_view', '${path}', 'ann', '2026-01-15T12:00:00Z')`;
}

async function packSettled(watermark: Watermark) {
  const settledId = await watermark.advance();
  if (settledId > 0n) {
    const { witness } = watermark;
    await packSite(sql, { siteId: SITE, settledId, witness, secret: SECRET });
  }
  return settledId;
}

async function untilWaiting(query: string, event: string): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const found = await other`
      SELECT pid FROM pg_stat_activity WHERE query LIKE ${query} AND wait_event = ${event} AND pid <> pg_backend_pid()`;
    expect(found).toHaveLength(1);
    pid = Number(found[0]?.["pid"]);
  });
  return pid;
}

/** A late row is hidden until `appear`: later ones are stored, and none of them is packed before the late one appears. */
async function whileLate(appear: () => Promise<void>): Promise<void> {
  const watermark = new Watermark(database);
  const [{ id: lateId } = { id: "0" }] = await other<{ id: string }[]>`
    SELECT last_value::text AS id FROM events_id_seq`;
  try {
    await other.unsafe(insertOf("/later"));
    for (let times = 1; times <= 3; times += 1) {
      expect(await packSettled(watermark)).toBeLessThan(BigInt(lateId));
      expect(watermark.waitsFor.size).toBe(1);
    }
  } finally {
    // The following tests use the same sessions.
    await appear();
  }
  await eventually(async () =>
    expect(await packSettled(watermark)).toBeGreaterThanOrEqual(BigInt(lateId)),
  );
  await eventually(async () => {
    await packSettled(watermark);
    const [{ rows } = { rows: 0 }] = await other<
      { rows: number }[]
    >`SELECT count(*)::int AS rows FROM events`;
    expect(await checkChunks(sql, SITE)).toEqual({ packed: rows, missing: 0, surplus: 0 });
  });
}

describe("no row is packed past a transaction that", () => {
  test("has drawn ids and written no row", async () => {
    await other`SELECT pg_advisory_lock(${LOCK})`;
    const columns = "event_id, site_id, event_type, path, user_id, timestamp";
    const line = `${crypto.randomUUID()}\t${SITE}\tpage_view\t/slow\tann\t2026-01-15T12:00:00Z\n`;
    const copied = storing.unsafe(`COPY events (${columns}) FROM STDIN`, [], {
      copy: Buffer.from(line),
    });
    void copied.execute();
    await untilWaiting("COPY events%", "advisory");
    await whileLate(async () => {
      await other`SELECT pg_advisory_unlock(${LOCK})`;
      await copied;
    });
  });

  test("is suspended in its COMMIT", async () => {
    await other`SELECT pg_advisory_lock(${LOCK})`;
    const committed = storing.begin(async (tx) => await tx.unsafe(insertOf("/commit")));
    const pid = await untilWaiting("commit%", "advisory");
    await suspend(pid);
    await other`SELECT pg_advisory_unlock(${LOCK})`;
    await whileLate(async () => {
      process.kill(pid, "SIGCONT");
      await committed;
    });
  });

  test("waits for a synchronous standby that is away", async () => {
    await using standby = await awaitAbsentStandby(server.databaseUrl);
    const stored = storing.unsafe(insertOf("/standby"));
    void stored.execute();
    await untilWaiting("INSERT INTO events%", "SyncRep");
    await other`SET synchronous_commit = off`;
    await sql`SET synchronous_commit = off`;
    await whileLate(async () => {
      await standby[Symbol.asyncDispose]();
      await stored;
    });
    await other`RESET synchronous_commit`;
    await sql`RESET synchronous_commit`;
  });

  test("is prepared, and was so after the mark", async () => {
    const began = Promise.withResolvers<void>();
    const prepare = Promise.withResolvers<void>();
    const lone = connectPostgres(server.databaseUrl, { max: 1 });
    const prepared = (async () => {
      await lone`BEGIN`;
      await lone.unsafe(insertOf("/prepared"));
      began.resolve();
      await prepare.promise;
      await lone`PREPARE TRANSACTION 'late'`;
    })();
    await began.promise;
    const before = new Watermark(database);
    await before.advance();
    prepare.resolve();
    await prepared;
    for (let times = 1; times <= 3; times += 1) expect(await before.advance()).toBe(0n);
    await whileLate(async () => void (await lone`COMMIT PREPARED 'late'`));
    expect(await before.advance()).toBeGreaterThan(0n);
    await lone.end();
  });
});

test("ids drawn again after a crash are not settled", async () => {
  const watermark = new Watermark(database);
  await eventually(async () => expect(await packSettled(watermark)).toBeGreaterThan(0n));
  const [before = { id: "0" }] = await other<{ id: string }[]>`
    SELECT last_value::text AS id FROM events_id_seq`;
  // Drawn by a transaction that fails, so that nothing makes the server write it down.
  await other`SELECT nextval('events_id_seq') FROM generate_series(1, 500)`;
  await eventually(async () =>
    expect(await watermark.advance()).toBeGreaterThanOrEqual(BigInt(before.id) + 500n),
  );
  const { settledId, witness } = watermark;
  await restartServer();
  await other`SELECT setval('events_id_seq', ${before.id}::bigint)`;
  await other`SELECT pg_advisory_lock(${LOCK})`;
  const late = storing.unsafe(insertOf("/slow"));
  void late.execute();
  await untilWaiting("INSERT INTO events%", "advisory");
  await other.unsafe(insertOf("/later"));
  const options = { siteId: SITE, settledId, witness, secret: SECRET };
  await eventually(async () => expect(await packSite(sql, options)).toEqual({ kind: "busy" }));
  expect(await watermark.advance()).toBe(0n);
  expect(await packSettled(watermark)).toBeLessThan(BigInt(before.id) + 2n);
  await other`SELECT pg_advisory_unlock(${LOCK})`;
  await late;
  await eventually(async () => {
    await packSettled(watermark);
    expect(await checkChunks(sql, SITE)).toMatchObject({ missing: 0, surplus: 0 });
    const [tail] = await other`
      SELECT count(*)::int AS rows FROM events WHERE id > (SELECT packed_id FROM site_packing WHERE site_id = ${SITE})`;
    expect(tail?.["rows"]).toBe(0);
  });
});
