import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import { Database, type DatabaseOptions, type Transaction } from "../../src/store/database.ts";
import { isPermanent, sqlState } from "../../src/store/database-error.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 10_000;
const UNAVAILABLE = { code: "database_unavailable", retryable: true };
const file = useTestDatabase();

/** A database that no test has used yet, with one connection unless told otherwise. */
function ownDatabase(options: Partial<DatabaseOptions> = {}): Database & AsyncDisposable {
  const database = new Database({ url: file.url, connectionsMax: 1, ...options });
  return Object.assign(database, {
    [Symbol.asyncDispose]: async () => await database.close(1_000),
  });
}

function proxied(proxy: TcpProxy, connectionsMax = 1): Database & AsyncDisposable {
  return ownDatabase({ url: throughProxy(file.url, proxy), connectionsMax });
}

async function selectOne(database: Database): Promise<unknown> {
  return await database.query(DEADLINE_MS, async (sql) => {
    const [row] = await sql`SELECT 1 AS one`;
    return row?.["one"] as unknown;
  });
}

async function divideByZero(database: Database): Promise<unknown> {
  return sqlState(
    await rejectionOf(database.query(DEADLINE_MS, async (sql) => await sql`SELECT 1 / 0`)),
  );
}

async function failureOf(work: (tx: Transaction) => Promise<unknown>): Promise<unknown> {
  return await rejectionOf(file.database.transaction(DEADLINE_MS, work));
}

async function usersOf(siteId: string): Promise<number> {
  return (await file.sql`SELECT FROM daily_site_users WHERE site_id = ${siteId}`).length;
}

/** As idempotent as storing a batch. */
async function insertOnce(tx: Transaction, siteId: string, user = "u"): Promise<void> {
  await tx`
    INSERT INTO daily_site_users VALUES (${siteId}, '2026-01-15', ${user}) ON CONFLICT DO NOTHING`;
}

describe("a session", () => {
  const STORING = {
    zone: "UTC",
    commits: "on",
    isolation: "read committed",
    texts: "UTF8",
    statements: "8s",
    locks: "7s",
    workers: "2",
    readonly: "off",
  };
  test.each([
    ["that stores", { isForReading: false }, STORING],
    [
      "that only reads",
      { isForReading: true },
      { ...STORING, statements: "1500ms", workers: "0", readonly: "on" },
    ],
  ])("%s has the engine's settings", async (_, options, settings) => {
    await using database = ownDatabase(options);
    const [found] = await database.query(
      DEADLINE_MS,
      async (sql) =>
        await sql`
        SELECT current_setting('TimeZone') AS zone, current_setting('synchronous_commit') AS commits,
          current_setting('transaction_isolation') AS isolation, current_setting('client_encoding') AS texts,
          current_setting('statement_timeout') AS statements, current_setting('lock_timeout') AS locks,
          current_setting('max_parallel_workers_per_gather') AS workers,
          current_setting('transaction_read_only') AS readonly`,
    );
    expect(found).toEqual(settings);
  });

  test("sends any array without asking for types first", async () => {
    await using proxy = openTcpProxy(file.url);
    await using database = proxied(proxy);
    void proxy.trap({ text: "typarray", on: "request: hold" });
    const texts = ["", "a", 'b"', "c\\", "{d,e}", "null", " f\n", "😀"];
    const optional = [null, "", 'b"', "NULL"];
    const numbers = [0, -1, Number.MAX_SAFE_INTEGER];
    const rows = await database.query(
      DEADLINE_MS,
      async (sql) =>
        await sql`
        SELECT to_json(${texts}::text[]) AS texts, to_json(${numbers}::bigint[]) AS numbers,
          to_json(${optional}::text[]) AS optional, cardinality(${[]}::text[]) AS none`,
    );
    expect([...rows]).toEqual([{ texts, numbers, optional, none: 0 }]);
  });

  test("opens with special characters in user, password and database", async () => {
    const name = "odd@name:/?#%41 é";
    const password = "p@ss:w/o?r#d%41 é+&=";
    await file.sql.unsafe(`CREATE ROLE "${name}" LOGIN PASSWORD '${password}'`);
    await file.sql.unsafe(`CREATE DATABASE "${name}" OWNER "${name}"`);
    const { databaseUrl: url = "" } = readConfig({
      PG_HOST: new URL(file.url).hostname,
      PG_PORT: new URL(file.url).port,
      POSTGRES_USER: name,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: name,
    });
    try {
      await using database = ownDatabase({ url });
      expect(await selectOne(database)).toBe(1);
    } finally {
      await eventually(async () => {
        await file.sql.unsafe(`DROP DATABASE IF EXISTS "${name}"`);
      });
      await file.sql.unsafe(`DROP ROLE "${name}"`);
    }
  });
});

describe("a transaction", () => {
  test("rejects with the error of its work and rolls back", async () => {
    const error = await failureOf(async (tx) => {
      await insertOnce(tx, "rolled back");
      throw new Error("work failed");
    });
    expect(error).toEqual(new Error("work failed"));
    expect(await usersOf("rolled back")).toBe(0);
  });

  test("rejects when its work caught a failed statement", async () => {
    const error = await failureOf(
      async (tx) => await tx`SELECT no_such_column`.catch(() => undefined),
    );
    expect(sqlState(error)).toBe("42703");
  });
});

describe("a missed deadline", () => {
  test("fails its query only", async () => {
    await using database = ownDatabase({ connectionsMax: 2 });
    await file.sql`SELECT pg_advisory_lock(7)`;
    const other = database.query(
      DEADLINE_MS,
      async (sql) => await sql`SELECT pg_advisory_xact_lock(7), 'answered' AS other`,
    );
    for (let times = 1; times <= 3; times += 1) {
      const late = database.query(50, async (sql) => await sql`SELECT pg_sleep(60)`);
      expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    }
    await eventually(async () => {
      const late = await file.sql`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'`;
      expect(late).toHaveLength(0);
    });
    await file.sql`SELECT pg_advisory_unlock(7)`;
    expect(await other).toMatchObject([{ other: "answered" }]);
  }, 30_000);

  test("ends a transaction in the middle of a statement", async () => {
    const late = file.database.transaction(300, async (tx) => {
      await tx`SET LOCAL statement_timeout = 0`;
      await insertOnce(tx, "late");
      await tx`SELECT pg_advisory_xact_lock(1), pg_sleep(600)`;
    });
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    await file.sql`SELECT pg_advisory_lock(1)`;
    await file.sql`SELECT pg_advisory_unlock(1)`;
    expect(await usersOf("late")).toBe(0);
    expect(await selectOne(file.database)).toBe(1);
  }, 30_000);

  test("includes the wait for a connection", async () => {
    await using database = ownDatabase();
    const first = database.query(DEADLINE_MS, async (sql) => await sql`SELECT pg_sleep(0.3)`);
    const late = database.query(50, async (sql) => await sql`SELECT 1`);
    const last = selectOne(database);
    expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    await first;
    expect(await last).toBe(1);
  });

  test("leaves no connection behind, however short it is", async () => {
    // The shortest pass while a connection is being opened.
    for (const deadlineMs of [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30]) {
      const late = file.database.query(deadlineMs, async (sql) => await sql`SELECT pg_sleep(1)`);
      expect(await rejectionOf(late)).toMatchObject(UNAVAILABLE);
    }
    await eventually(async () => {
      const rows = await file.sql`
        SELECT query FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      expect([...rows]).toEqual([]);
    });
  }, 30_000);

  test("of a COMMIT leaves it stored once", async () => {
    await using proxy = openTcpProxy(file.url);
    await using database = proxied(proxy);
    const lost = database.transaction(1_000, async (tx) => {
      await insertOnce(tx, "commit");
      proxy.mode = "swallow replies";
    });
    expect(await rejectionOf(lost)).toMatchObject(UNAVAILABLE);
    proxy.mode = "pass";
    await eventually(
      async () =>
        await database.transaction(DEADLINE_MS, async (tx) => await insertOnce(tx, "commit")),
    );
    expect(await usersOf("commit")).toBe(1);
  }, 30_000);
});

describe("a lost connection", () => {
  test.each([
    ["an open connection is swallowed", "swallow all", true],
    ["each connection is closed at once", "refuse", false],
  ] as const)("fails a query by its deadline while %s", async (_, mode, opensBefore) => {
    await using proxy = openTcpProxy(file.url);
    await using database = proxied(proxy);
    if (opensBefore) await selectOne(database);
    proxy.mode = mode;
    const failed = database.query(1_000, async (sql) => await sql`SELECT 1`);
    expect(await rejectionOf(failed)).toMatchObject(UNAVAILABLE);
    // With backoff there are a few attempts, not a storm.
    expect(proxy.connections).toBeLessThan(50);
    proxy.mode = "pass";
    await eventually(async () => expect(await selectOne(database)).toBe(1));
  });

  test("is not opened again after its query was given up", async () => {
    await using proxy = openTcpProxy(file.url);
    await using database = proxied(proxy);
    proxy.mode = "refuse";
    for (let times = 1; times <= 3; times += 1) {
      await rejectionOf(database.query(300, async (sql) => await sql`SELECT 1`));
    }
    proxy.mode = "pass";
    // Longer than the longest delay before an attempt.
    await rejectionOf(database.query(1_500, async (sql) => await sql`SELECT pg_sleep(60)`));
    await eventually(async () => {
      const left = await file.sql`
        SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      expect([...left]).toEqual([]);
    });
  });

  test("fails a query as transient when nothing listens", async () => {
    await using database = ownDatabase({ url: "postgres://postgres@127.0.0.1:1/nothing" });
    const error = await rejectionOf(selectOne(database));
    expect(error).toBeInstanceOf(Error);
    expect(isPermanent(error)).toBeFalse();
  });

  test("never returns the rows of another query", async () => {
    await using proxy = openTcpProxy(file.url);
    await using database = proxied(proxy, 3);
    let succeeded = 0;
    for (let round = 0; round < 30; round += 1) {
      const first = Promise.withResolvers<void>();
      const work = Promise.allSettled(
        Array.from({ length: 30 }, async (_, index) => {
          const sent = round * 100 + index;
          const [row] = await database.query(
            DEADLINE_MS,
            async (sql) => await sql`SELECT ${sent}::int AS sent, pg_sleep(0.001)`,
          );
          expect(row?.["sent"]).toBe(sent);
          succeeded += 1;
          first.resolve();
        }),
      );
      // In some rounds no query succeeds, since all were sent on connections that were just cut.
      await Promise.race([first.promise, work]);
      proxy.cut();
      for (const outcome of await work) {
        if (outcome.status === "rejected") {
          expect(String(outcome.reason)).toMatch(/CONNECTION_CLOSED|ECONNRESET/);
        }
      }
    }
    expect(succeeded).toBeGreaterThan(0);
    await eventually(async () => expect(await selectOne(database)).toBe(1));
  }, 30_000);

  test("never half commits a transaction", async () => {
    const { database, sql } = file;
    let committed = 0;
    for (let round = 0; round < 20; round += 1) {
      const work = Promise.allSettled(
        Array.from({ length: 8 }, async (_, index) => {
          await database.transaction(DEADLINE_MS, async (tx) => {
            await insertOnce(tx, "first", `${round}-${index}`);
            await insertOnce(tx, "second", `${round}-${index}`);
          });
          committed += 1;
        }),
      );
      // As an administrator does.
      await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      await work;
    }
    await eventually(async () => expect(await selectOne(database)).toBe(1));
    const stored = await usersOf("first");
    expect(await usersOf("second")).toBe(stored);
    expect(stored).toBeGreaterThanOrEqual(committed);
  }, 60_000);
});

describe("consecutive failures", () => {
  async function pidOf(database: Database): Promise<number> {
    return await database.query(DEADLINE_MS, async (sql) => {
      const [row] = await sql`SELECT pg_backend_pid() AS pid`;
      return Number(row?.["pid"]);
    });
  }

  test("replace the connections, and calls in flight go on", async () => {
    await using database = ownDatabase({ connectionsMax: 2 });
    // So that the next calls look for no pooler.
    await pidOf(database);
    await file.sql`SELECT pg_advisory_lock(8)`;
    const slow = database.query(
      DEADLINE_MS,
      async (sql) => await sql`SELECT pg_advisory_xact_lock(8), 'answered' AS slow`,
    );
    const pid = await pidOf(database);
    expect(await pidOf(database)).toBe(pid);
    for (let failure = 1; failure <= 5; failure += 1) {
      expect(await divideByZero(database)).toBe("22012");
    }
    expect(await pidOf(database)).not.toBe(pid);
    await file.sql`SELECT pg_advisory_unlock(8)`;
    expect(await slow).toMatchObject([{ slow: "answered" }]);
  });

  test("of many calls leave no connection behind", async () => {
    await using database = ownDatabase({ connectionsMax: 2 });
    const sessions = async () => (await file.sql`SELECT FROM pg_stat_activity`).length;
    const before = await sessions();
    const pids = new Set<number>();
    while (pids.size < 3) {
      const failing = async () => {
        for (let times = 1; times <= 50; times += 1) await divideByZero(database);
      };
      await Promise.all(Array.from({ length: 8 }, failing));
      pids.add(await pidOf(database));
    }
    await eventually(async () => expect(await sessions()).toBeLessThanOrEqual(before + 2));
  }, 30_000);
});

describe("closing", () => {
  test("ends a query in flight, and can be done again", async () => {
    const database = new Database({ url: file.url, connectionsMax: 1 });
    const failed = rejectionOf(
      database.query(60_000, async (sql) => await sql`SELECT pg_sleep(60)`),
    );
    await eventually(async () => {
      const rows =
        await file.sql`SELECT FROM pg_stat_activity WHERE query ~ 'pg_sleep\\(60' AND pid <> pg_backend_pid()`;
      expect(rows.length).toBeGreaterThan(0);
    });
    await database.close(100);
    expect(await failed).toBeInstanceOf(Error);
    await database.close(100);
  });

  test("does nothing without a connection", async () => {
    await new Database({ url: file.url, connectionsMax: 4 }).close(1_000);
  });
});
