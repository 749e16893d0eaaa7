import { describe, expect, test } from "bun:test";
import { QueueFlowError } from "../../src/errors.ts";
import type { Transaction } from "../../src/store/database.ts";
import { isDatabaseError, isPermanent, sqlState } from "../../src/store/database-error.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 20_000;
const testDatabase = useTestDatabase();

async function failureOf(work: (tx: Transaction) => Promise<unknown>): Promise<unknown> {
  try {
    await testDatabase.database.transaction(DEADLINE_MS, work);
  } catch (error) {
    return error;
  }
  throw new Error("The transaction did not fail");
}

const FAILURES: readonly (readonly [
  string,
  { state: string; permanent: boolean },
  (tx: Transaction) => Promise<unknown>,
])[] = [
  [
    "a text has a NUL",
    { state: "22021", permanent: true },
    async (tx) => await tx`SELECT ${["a\0b"]}::text[]`,
  ],
  [
    "a text is no date",
    { state: "22007", permanent: true },
    async (tx) => await tx`SELECT ${"no date"}::text::date`,
  ],
  [
    "a date does not exist",
    { state: "22008", permanent: true },
    async (tx) => await tx`SELECT ${"2026-02-30"}::text::date`,
  ],
  [
    "a text is no UUID",
    { state: "22P02", permanent: true },
    async (tx) => await tx`SELECT ${"no uuid"}::text::uuid`,
  ],
  [
    "a sequence repeats a key",
    { state: "23505", permanent: false },
    async (tx) =>
      await tx`INSERT INTO daily_site_users VALUES ('a', '2026-01-15', 'u'), ('a', '2026-01-15', 'u')`,
  ],
  [
    "a sequence has ended",
    { state: "2200H", permanent: false },
    async (tx) => {
      await tx`CREATE SEQUENCE short MAXVALUE 2`;
      await tx`SELECT nextval('short'), nextval('short'), nextval('short')`;
    },
  ],
  [
    "an unknown column must not be null",
    { state: "23502", permanent: false },
    async (tx) => await tx`INSERT INTO daily_site_users VALUES ('a', '2026-01-15', NULL)`,
  ],
  [
    "an upsert meets a row twice",
    { state: "21000", permanent: true },
    async (tx) =>
      await tx`
      INSERT INTO daily_site_stats VALUES ('a', '2026-01-15', 1, 1), ('a', '2026-01-15', 1, 1)
      ON CONFLICT (site_id, date) DO UPDATE SET total_views = 2`,
  ],
  [
    "a key is too long for its index",
    { state: "54000", permanent: true },
    async (tx) =>
      await tx`
      INSERT INTO daily_site_users
      SELECT 'a', '2026-01-15', string_agg(md5(n::text), '') FROM generate_series(1, 300) AS n`,
  ],
  [
    "the transaction may only read",
    { state: "25006", permanent: false },
    async (tx) => {
      await tx`SET TRANSACTION READ ONLY`;
      await tx`INSERT INTO daily_site_users VALUES ('a', '2026-01-15', 'u')`;
    },
  ],
  [
    "a table is missing",
    { state: "42P01", permanent: false },
    async (tx) => await tx`SELECT * FROM no_such_table`,
  ],
  [
    "a statement takes too long",
    { state: "57014", permanent: false },
    async (tx) => {
      await tx`SET LOCAL statement_timeout = 20`;
      await tx`SELECT pg_sleep(10)`;
    },
  ],
  [
    "a lock takes too long",
    { state: "55P03", permanent: false },
    async (tx) => {
      await tx`LOCK TABLE dead_events`;
      await testDatabase.database.transaction(DEADLINE_MS, async (other) => {
        await other`SET LOCAL lock_timeout = 20`;
        await other`LOCK TABLE dead_events`;
      });
    },
  ],
];

describe("a SQLSTATE", () => {
  for (const [what, { state, permanent }, work] of FAILURES) {
    const kind = permanent ? "permanent" : "transient";
    test(`${state} is ${kind}: ${what}`, async () => {
      const error = await failureOf(work);
      expect(sqlState(error)).toBe(state);
      expect(isPermanent(error)).toBe(permanent);
    });
  }

  test("40P01 is transient: two transactions deadlock", async () => {
    await testDatabase.sql`
      INSERT INTO daily_site_stats VALUES ('a', '2026-01-15', 1, 1), ('b', '2026-01-15', 1, 1)`;
    const bothHaveOne = Promise.withResolvers<void>();
    let holding = 0;
    const lockInTurn = async (first: string, second: string): Promise<void> =>
      await testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
        await tx`SELECT FROM daily_site_stats WHERE site_id = ${first} FOR UPDATE`;
        holding += 1;
        if (holding === 2) bothHaveOne.resolve();
        await bothHaveOne.promise;
        await tx`SELECT FROM daily_site_stats WHERE site_id = ${second} FOR UPDATE`;
      });
    const outcomes = await Promise.allSettled([lockInTurn("a", "b"), lockInTurn("b", "a")]);
    const [failed] = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(sqlState(failed?.reason)).toBe("40P01");
    expect(isPermanent(failed?.reason)).toBeFalse();
  }, 30_000);

  test("40001 is transient: serialization fails", async () => {
    await testDatabase.sql`INSERT INTO daily_site_stats VALUES ('c', '2026-01-15', 1, 1)`;
    const error = await failureOf(async (tx) => {
      await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`;
      await tx`SELECT * FROM daily_site_stats`;
      await testDatabase.database.transaction(DEADLINE_MS, addView);
      await addView(tx);
    });
    expect(sqlState(error)).toBe("40001");
    expect(isPermanent(error)).toBeFalse();
  });

  test("of a terminated backend is transient", async () => {
    const error = await failureOf(
      async (tx) => await tx`SELECT pg_terminate_backend(pg_backend_pid())`,
    );
    expect(error).toBeInstanceOf(Error);
    expect(isPermanent(error)).toBeFalse();
  });

  test("is undefined for other errors", () => {
    const socketError = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    const others = [socketError, new QueueFlowError("database_unavailable", ""), "23505", null];
    for (const error of others) {
      expect(sqlState(error)).toBeUndefined();
      expect(isPermanent(error)).toBeFalse();
    }
  });
});

describe("a database error", () => {
  test("comes from PostgreSQL, its socket or a deadline", async () => {
    const socketError = Object.assign(new Error("reset"), { code: "ECONNRESET" });
    const late = new QueueFlowError("database_unavailable", "");
    const sent = await failureOf(async (tx) => await tx`SELECT * FROM no_such_table`);
    for (const error of [socketError, late, sent, new AggregateError([socketError])]) {
      expect(isDatabaseError(error)).toBeTrue();
    }
  });

  test("is no defect of this program", async () => {
    const unset = await failureOf(async (tx) => await tx`SELECT ${undefined as unknown as string}`);
    const coded = Object.assign(new TypeError("no such encoding"), { code: "ERR_INVALID_ARG" });
    for (const error of [unset, coded, new RangeError("too long"), new Error("no code"), null]) {
      expect(isDatabaseError(error)).toBeFalse();
    }
  });
});

async function addView(tx: Transaction): Promise<unknown> {
  return await tx`UPDATE daily_site_stats SET total_views = total_views + 1 WHERE site_id = 'c'`;
}
