import { describe, expect, test } from "bun:test";
import type { ReservedSql } from "postgres";
import { checkAllStored } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { HELD, KEEPER, session, survive, usePostgresBench } from "../support/postgres-bench.ts";

const TIMEOUT_MS = 120_000;

const file = usePostgresBench();

/** A session of somebody else, in a transaction that locks what it likes until it is rolled back. */
async function openTransaction(): Promise<ReservedSql & AsyncDisposable> {
  const sql = session(file.bench.servers.env["DATABASE_URL"] ?? "");
  const reserved = await sql.reserve();
  await reserved`BEGIN`;
  return Object.assign(reserved, {
    [Symbol.asyncDispose]: async () => {
      await reserved`ROLLBACK`;
      reserved.release();
      await sql.end({ timeout: 1 });
    },
  });
}

describe("every event is kept, the error said once, and the backlog stored in the end when", () => {
  test(
    "somebody locks a table for longer than a statement may take",
    async () => {
      await using other = await openTransaction();
      await survive(
        file.bench,
        {
          begin: async () => await other`LOCK TABLE daily_site_stats IN ACCESS EXCLUSIVE MODE`,
          said: { level: "warn", error: /canceling statement due to lock timeout/ },
          end: async () => await other`ROLLBACK`,
        },
        file.all,
      );
    },
    TIMEOUT_MS,
  );

  test(
    "somebody locks the same rows in the opposite order",
    async () => {
      const { admin, engine } = file.bench;
      const from = engine.output.records.length;
      await using load = startLoad({ url: () => engine.url });
      await load.untilAccepted(200);
      const deadlocked = engine.output.record(({ error }) => /deadlock/.test(String(error)));
      for (let times = 1; times <= 3; times += 1) {
        await using other = await openTransaction();
        // It leaves it to the engine's sessions to find the deadlock, and so to be its victim.
        await other`SET LOCAL deadlock_timeout = '5s'`;
        await other`SELECT FROM daily_site_stats FOR UPDATE`;
        await eventually(async () => {
          const waiting = await admin`
            SELECT FROM pg_stat_activity
            WHERE usename = ${KEEPER} AND wait_event_type = 'Lock' AND query ~ 'daily_site_stats'`;
          expect(waiting.length).toBeGreaterThan(0);
        });
        await other`SELECT FROM daily_site_path_counts FOR UPDATE`.catch(() => undefined);
      }
      await deadlocked;
      await load.untilAccepted(200);
      await load.stop();
      file.all.add(load);
      expect([...load.statuses.keys()]).toEqual([202]);
      await checkAllStored(file.bench.servers, file.all);
      const errors = engine.output.records.slice(from).filter(({ level }) => level === "error");
      expect(errors).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "transactions cannot be serialized",
    async () => {
      const { sql } = file.bench.servers;
      await survive(
        file.bench,
        {
          begin: async () => {
            await sql.unsafe(`
              CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN RAISE 'could not serialize access' USING ERRCODE = '40001'; END $$;
              CREATE TRIGGER conflict BEFORE INSERT ON daily_site_stats
              FOR EACH STATEMENT EXECUTE FUNCTION conflict()`);
          },
          said: { level: "warn", error: /could not serialize access/ },
          end: async () => await sql.unsafe("DROP FUNCTION conflict CASCADE"),
        },
        file.all,
      );
    },
    TIMEOUT_MS,
  );
});

test(
  "batches are stored as if nothing was when somebody gives the engine's user defaults of their own",
  async () => {
    const { admin, engine, servers } = file.bench;
    const from = engine.output.records.length;
    const set = async (how: string) => await admin.unsafe(`ALTER ROLE ${KEEPER} ${how}`);
    await set("SET statement_timeout = '1ms'");
    await set("SET lock_timeout = '1ms'");
    await set("SET default_transaction_isolation = 'serializable'");
    await set("SET DateStyle = 'SQL, DMY'");
    await set("SET TimeZone = 'Asia/Kolkata'");
    await set("SET synchronous_commit = 'off'");
    await file.bench.endSessions();
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(4_000);
    await load.stop();
    file.all.add(load);
    await checkAllStored(servers, file.all);
    const held = engine.output.records.slice(from).filter(({ msg }) => msg === HELD);
    // Nothing but the end of the sessions is noticed.
    expect(held.filter(({ error }) => /timeout|serialize/.test(String(error)))).toEqual([]);
    await set("RESET ALL");
    await file.bench.endSessions();
  },
  TIMEOUT_MS,
);
