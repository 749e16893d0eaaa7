import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import { Database, type Transaction } from "../../src/store/database.ts";
import { isPermanent, sqlState } from "../../src/store/database-error.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 10_000;
const UNAVAILABLE = { code: "database_unavailable", retryable: true };
const testDatabase = useTestDatabase();

async function selectOne(database: Database): Promise<unknown> {
  return await database.query(DEADLINE_MS, async (sql) => {
    const [row] = await sql`SELECT 1 AS one`;
    return row?.["one"] as unknown;
  });
}

async function failureOf(work: (tx: Transaction) => Promise<unknown>): Promise<unknown> {
  try {
    await testDatabase.database.transaction(DEADLINE_MS, work);
  } catch (error) {
    return error;
  }
  throw new Error("The transaction did not fail");
}

async function countTexts(database: Database, texts: readonly string[]): Promise<unknown> {
  return await database.query(DEADLINE_MS, async (sql) => {
    const [row] = await sql`SELECT cardinality(${texts}::text[])::int AS texts`;
    return row?.["texts"] as unknown;
  });
}

/** With one connection, that nobody has used yet. */
function ownDatabase(): Database & AsyncDisposable {
  const database = new Database({ url: testDatabase.url, connectionsMax: 1 });
  return Object.assign(database, {
    [Symbol.asyncDispose]: async () => await database.close(1_000),
  });
}

/** As idempotent as storing a batch is. */
async function insertOnce(tx: Transaction): Promise<unknown> {
  return await tx`
    INSERT INTO daily_site_users VALUES ('commit', '2026-01-15', 'u') ON CONFLICT DO NOTHING`;
}

/** Ends every connection to the test's database but the asking one, as an administrator would. */
async function endBackends(): Promise<number> {
  const ended = await testDatabase.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  return ended.length;
}

describe("Database", () => {
  test("query answers what its work answers when all is well", async () => {
    expect(await selectOne(testDatabase.database)).toBe(1);
  });

  test("query runs in UTC with every commit on disk when a connection is opened", async () => {
    const settings = await testDatabase.database.query(
      DEADLINE_MS,
      async (sql) =>
        await sql`
        SELECT current_setting('TimeZone') AS zone, current_setting('synchronous_commit') AS commits,
          current_setting('statement_timeout') AS statements, current_setting('client_encoding') AS texts,
          current_setting('transaction_isolation') AS isolation, current_setting('lock_timeout') AS locks`,
    );
    expect([...settings]).toEqual([
      {
        zone: "UTC",
        commits: "on",
        statements: "8s",
        texts: "UTF8",
        isolation: "read committed",
        locks: "7s",
      },
    ]);
  });

  test("query sends any array, and a new connection asks for no types before", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    const url = throughProxy(testDatabase.url, proxy);
    const database = new Database({ url, connectionsMax: 1 });
    void proxy.trap({ text: "typarray", on: "request: hold" });
    const texts = ["", "a", 'b"', "c\\", "{d,e}", "null", " f\n", "😀"];
    const numbers = [0, -1, Number.MAX_SAFE_INTEGER];
    const rows = await database.query(
      DEADLINE_MS,
      async (sql) =>
        await sql`
        SELECT to_json(${texts}::text[]) AS texts, to_json(${numbers}::bigint[]) AS numbers,
          cardinality(${[]}::text[]) AS none`,
    );
    expect([...rows]).toEqual([{ texts, numbers, none: 0 }]);
    await database.close(1_000);
  });

  test("query works when user, password and database were configured with special characters", async () => {
    const name = "odd@name:/?#%41 é";
    const password = "p@ss:w/o?r#d%41 é+&=";
    await testDatabase.sql.unsafe(`CREATE ROLE "${name}" LOGIN PASSWORD '${password}'`);
    await testDatabase.sql.unsafe(`CREATE DATABASE "${name}" OWNER "${name}"`);
    const { databaseUrl = "" } = readConfig({
      PG_HOST: new URL(testDatabase.url).hostname,
      PG_PORT: new URL(testDatabase.url).port,
      POSTGRES_USER: name,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: name,
    });
    const database = new Database({ url: databaseUrl, connectionsMax: 1 });
    try {
      expect(await selectOne(database)).toBe(1);
    } finally {
      await database.close(1_000);
      await eventually(async () => {
        await testDatabase.sql.unsafe(`DROP DATABASE IF EXISTS "${name}"`);
      });
      await testDatabase.sql.unsafe(`DROP ROLE "${name}"`);
    }
  });

  test("query takes arrays when what its connection did first was cancelled", async () => {
    await using database = ownDatabase();
    let isAnswered = false;
    let first: Promise<unknown> = Promise.resolve();
    await testDatabase.sql.begin(async (tx) => {
      await tx`LOCK TABLE pg_catalog.pg_type IN ACCESS EXCLUSIVE MODE`;
      first = countTexts(database, ["a", "b"])
        .catch(() => undefined)
        .finally(() => {
          isAnswered = true;
        });
      await eventually(async () => {
        const cancelled = await tx`
          SELECT pg_cancel_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(isAnswered || cancelled.length === 1).toBe(true);
      });
    });
    await first;
    expect(await countTexts(database, ["a", "b"])).toBe(2);
  });

  test("query fails with database_unavailable and the next one works when its deadline passes", async () => {
    const late = testDatabase.database.query(50, async (sql) => await sql`SELECT pg_sleep(1)`);
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    expect(await selectOne(testDatabase.database)).toBe(1);
  });

  test("transaction fails with database_unavailable and stores nothing when its deadline passes", async () => {
    const late = testDatabase.database.transaction(300, async (tx) => {
      await tx`INSERT INTO daily_site_users VALUES ('late', '2026-01-15', 'u')`;
      await tx`SELECT pg_sleep(1)`;
    });
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    expect(await selectOne(testDatabase.database)).toBe(1);
    expect([...(await testDatabase.sql`SELECT * FROM daily_site_users`)]).toEqual([]);
  });

  test("a missed deadline ends its own statement only", async () => {
    const { sql } = testDatabase;
    const database = new Database({ url: testDatabase.url, connectionsMax: 2 });
    await sql`SELECT pg_advisory_lock(7)`;
    const other = database.query(
      DEADLINE_MS,
      async (own) => await own`SELECT pg_advisory_xact_lock(7), 'answered' AS other`,
    );
    for (let times = 1; times <= 3; times += 1) {
      const late = database.query(50, async (own) => await own`SELECT pg_sleep(60)`);
      expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    }
    await eventually(async () => {
      const late = await sql`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'`;
      expect(late).toHaveLength(0);
    });
    await sql`SELECT pg_advisory_unlock(7)`;
    expect(await other).toMatchObject([{ other: "answered" }]);
    await database.close(1_000);
  }, 30_000);

  test("a call waits its turn, and its deadline counts meanwhile", async () => {
    await using database = ownDatabase();
    const first = database.query(DEADLINE_MS, async (sql) => await sql`SELECT pg_sleep(0.3)`);
    const late = database.query(50, async (sql) => await sql`SELECT 1`);
    const last = selectOne(database);
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    await first;
    expect(await last).toBe(1);
  });

  test("a session for reading writes nothing and takes no workers", async () => {
    const database = new Database({
      url: testDatabase.url,
      connectionsMax: 1,
      isForReading: true,
    });
    const [settings] = await database.query(
      DEADLINE_MS,
      async (sql) =>
        await sql`
        SELECT current_setting('max_parallel_workers_per_gather') AS workers,
          current_setting('statement_timeout') AS timeout`,
    );
    expect(settings).toEqual({ workers: "0", timeout: "1500ms" });
    const write = database.query(DEADLINE_MS, async (sql) => await sql`TRUNCATE daily_site_stats`);
    expect(sqlState(await rejectionOf(write))).toBe("25006");
    await database.close(1_000);
  });

  test("transaction frees its locks in the middle of a statement when its deadline passes", async () => {
    const { database, sql } = testDatabase;
    const late = database.transaction(300, async (tx) => {
      await tx`SET LOCAL statement_timeout = 0`;
      await tx`SELECT pg_advisory_xact_lock(1), pg_sleep(600)`;
    });
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    await sql`SELECT pg_advisory_lock(1)`;
    await sql`SELECT pg_advisory_unlock(1)`;
  }, 30_000);

  test("query leaves no connection behind when deadlines pass again and again", async () => {
    // Among them deadlines that pass while a connection is being made.
    for (const deadlineMs of [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30]) {
      const late = testDatabase.database.query(
        deadlineMs,
        async (sql) => await sql`SELECT pg_sleep(1)`,
      );
      expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    }
    await eventually(async () => {
      const rows = await testDatabase.sql`
        SELECT query FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      expect([...rows]).toEqual([]);
    });
  }, 30_000);

  test("transaction rejects with the error of its work and rolls back when the work fails", async () => {
    const error = await failureOf(async (tx) => {
      await tx`INSERT INTO daily_site_users VALUES ('rolled', '2026-01-15', 'u')`;
      throw new Error("work failed");
    });
    expect(error).toEqual(new Error("work failed"));
    expect([...(await testDatabase.sql`SELECT * FROM daily_site_users`)]).toEqual([]);
  });

  test("transaction rejects when a failed statement was caught by its work", async () => {
    const error = await failureOf(async (tx) => {
      await tx`SELECT no_such_column`.catch(() => undefined);
    });
    expect(sqlState(error)).toBe("42703");
  });

  test("query works again when the server ended its connections", async () => {
    for (let round = 0; round < 20; round += 1) {
      const database = testDatabase.database;
      const work = Promise.allSettled(
        Array.from({ length: 8 }, async () => await selectOne(database)),
      );
      await endBackends();
      await work;
      await eventually(async () => expect(await selectOne(database)).toBe(1));
    }
  }, 60_000);

  test("transaction never half commits and works again when backends are ended in the middle", async () => {
    const { database, sql } = testDatabase;
    let committed = 0;
    for (let round = 0; round < 20; round += 1) {
      const work = Promise.allSettled(
        Array.from({ length: 8 }, async (_, index) => {
          await database.transaction(DEADLINE_MS, async (tx) => {
            const user = `${round}-${index}`;
            await tx`INSERT INTO daily_site_users VALUES ('first', '2026-01-15', ${user})`;
            await tx`INSERT INTO daily_site_users VALUES ('second', '2026-01-15', ${user})`;
          });
          committed += 1;
        }),
      );
      await endBackends();
      await work;
    }
    await eventually(async () => expect(await selectOne(database)).toBe(1));
    const rows = await sql`
      SELECT count(*) FILTER (WHERE site_id = 'first')::int AS first,
        count(*) FILTER (WHERE site_id = 'second')::int AS second FROM daily_site_users`;
    expect(rows[0]?.["first"]).toBe(rows[0]?.["second"]);
    expect(rows[0]?.["first"]).toBeGreaterThanOrEqual(committed);
    await sql`TRUNCATE daily_site_users`;
  }, 60_000);

  test("query never answers the rows of another query when connections are cut", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    const database = new Database({
      url: throughProxy(testDatabase.url, proxy),
      connectionsMax: 3,
    });
    let answered = 0;
    for (let round = 0; round < 30; round += 1) {
      const firstAnswer = Promise.withResolvers<void>();
      const work = Promise.allSettled(
        Array.from({ length: 30 }, async (_, index) => {
          const asked = round * 100 + index;
          const [row] = await database.query(
            DEADLINE_MS,
            async (sql) => await sql`SELECT ${asked}::int AS asked, pg_sleep(0.001)`,
          );
          expect(row?.["asked"]).toBe(asked);
          answered += 1;
          firstAnswer.resolve();
        }),
      );
      // In some rounds no query is answered, when all went into connections that were just cut.
      await Promise.race([firstAnswer.promise, work]);
      proxy.cut();
      for (const outcome of await work) {
        if (outcome.status === "rejected") {
          expect(String(outcome.reason)).toMatch(/CONNECTION_CLOSED|ECONNRESET/);
        }
      }
    }
    expect(answered).toBeGreaterThan(0);
    await database.close(1_000);
  }, 30_000);

  test("query fails by its deadline and works again when the network swallows everything", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    const url = throughProxy(testDatabase.url, proxy);
    const database = new Database({ url, connectionsMax: 2 });
    expect(await selectOne(database)).toBe(1);
    proxy.mode = "swallow all";
    const lost = database.query(300, async (sql) => await sql`SELECT 1`);
    expect(await rejectionOf(lost)).toMatchObject(UNAVAILABLE);
    proxy.mode = "pass";
    await eventually(async () => expect(await selectOne(database)).toBe(1));
    await database.close(1_000);
  }, 30_000);

  test("transaction fails by its deadline and is known to be stored once when the answer to COMMIT is lost", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    const url = throughProxy(testDatabase.url, proxy);
    const database = new Database({ url, connectionsMax: 1 });
    const lost = database.transaction(1_000, async (tx) => {
      await insertOnce(tx);
      proxy.mode = "swallow replies";
    });
    expect(await rejectionOf(lost)).toMatchObject(UNAVAILABLE);
    proxy.mode = "pass";
    await eventually(async () => await database.transaction(DEADLINE_MS, insertOnce));
    const rows =
      await testDatabase.sql`SELECT user_id FROM daily_site_users WHERE site_id = 'commit'`;
    expect(rows).toHaveLength(1);
    await database.close(1_000);
    await testDatabase.sql`TRUNCATE daily_site_users`;
  }, 30_000);

  test("query works again when its connections are cut while it waits", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    const database = new Database({
      url: throughProxy(testDatabase.url, proxy),
      connectionsMax: 2,
    });
    for (let round = 0; round < 10; round += 1) {
      const work = Promise.allSettled([selectOne(database), selectOne(database)]);
      proxy.cut();
      await work;
      await eventually(async () => expect(await selectOne(database)).toBe(1));
    }
    await database.close(1_000);
  }, 30_000);

  test("query fails by its deadline without a storm of connections when each is closed at once", async () => {
    await using proxy = openTcpProxy(testDatabase.url);
    proxy.mode = "refuse";
    const database = new Database({
      url: throughProxy(testDatabase.url, proxy),
      connectionsMax: 1,
    });
    const failed = database.query(1_000, async (sql) => await sql`SELECT 1`);
    expect(await rejectionOf(failed)).toBeInstanceOf(Error);
    expect(proxy.connections).toBeLessThan(50);
    proxy.mode = "pass";
    await eventually(async () => expect(await selectOne(database)).toBe(1));
    await database.close(1_000);
  }, 30_000);

  test("query fails in a way that is not permanent when nothing listens", async () => {
    const url = "postgres://postgres@127.0.0.1:1/nothing";
    const database = new Database({ url, connectionsMax: 1 });
    const error = await rejectionOf(selectOne(database));
    expect(error).toBeInstanceOf(Error);
    expect(isPermanent(error)).toBeFalse();
    await database.close(1_000);
  });

  test("query opens new connections after some failures in a row, and what is in flight goes on", async () => {
    const database = new Database({ url: testDatabase.url, connectionsMax: 2 });
    const pidOf = async () =>
      await database.query(DEADLINE_MS, async (sql) => {
        const [row] = await sql`SELECT pg_backend_pid() AS pid`;
        return Number(row?.["pid"]);
      });
    const slow = database.query(
      DEADLINE_MS,
      async (sql) => await sql`SELECT pg_sleep(1), 'answered' AS slow`,
    );
    const pid = await pidOf();
    expect(await pidOf()).toBe(pid);
    for (let failure = 1; failure <= 5; failure += 1) {
      const failed = database.query(DEADLINE_MS, async (sql) => await sql`SELECT 1 / 0`);
      expect(sqlState(await rejectionOf(failed))).toBe("22012");
    }
    expect(await pidOf()).not.toBe(pid);
    expect(await slow).toMatchObject([{ slow: "answered" }]);
    await database.close(1_000);
  });

  test("query leaves no connection behind when more calls than connections fail again and again", async () => {
    const database = new Database({ url: testDatabase.url, connectionsMax: 2 });
    const failing = async () => {
      for (let times = 1; times <= 150; times += 1) {
        const failed = database.query(DEADLINE_MS, async (sql) => await sql`SELECT 1 / 0`);
        expect(sqlState(await rejectionOf(failed))).toBe("22012");
      }
    };
    const [before] = await testDatabase.sql`SELECT count(*)::int AS sessions FROM pg_stat_activity`;
    const startedAtMs = performance.now();
    // For longer than a renewal takes to come again, however fast the machine is.
    while (performance.now() - startedAtMs < 2_500) {
      await Promise.all(Array.from({ length: 8 }, failing));
    }
    await eventually(async () => {
      const [now] = await testDatabase.sql`SELECT count(*)::int AS sessions FROM pg_stat_activity`;
      expect(Number(now?.["sessions"])).toBeLessThanOrEqual(Number(before?.["sessions"]) + 2);
    });
    await database.close(1_000);
  }, 30_000);

  test("close resolves and can be called again when a query is in flight", async () => {
    const database = new Database({ url: testDatabase.url, connectionsMax: 1 });
    const inFlight = database.query(60_000, async (sql) => await sql`SELECT pg_sleep(60)`);
    const outcome = rejectionOf(inFlight);
    await eventually(async () => {
      const rows =
        await testDatabase.sql`SELECT 1 FROM pg_stat_activity WHERE query ~ 'pg_sleep\\(60' AND pid <> pg_backend_pid()`;
      expect(rows.length).toBeGreaterThan(0);
    });
    await database.close(100);
    expect(await outcome).toBeInstanceOf(Error);
    await database.close(100);
    await endBackends();
  });

  test("close resolves when nothing was ever asked", async () => {
    const database = new Database({ url: testDatabase.url, connectionsMax: 4 });
    await database.close(1_000);
  });
});
