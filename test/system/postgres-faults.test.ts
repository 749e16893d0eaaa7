import { describe, expect, test } from "bun:test";
import postgres, { type ReservedSql } from "postgres";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { checkAllStored } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import {
  HELD,
  KEEPER,
  KEEPER_PASSWORD,
  KEPT_DATABASE,
  type PostgresFault,
  session,
  survive,
  untilHealth,
  usePostgresBench,
} from "../support/postgres-bench.ts";
import { sampleBody } from "../support/sample-event.ts";
import { postgresPids, signalAll } from "../support/server-processes.ts";

const TIMEOUT_MS = 360_000;
const TOO_MANY = /too many clients already/;

const file = usePostgresBench();

/** A fault that one statement causes and another ends, both as the tables' owner's superuser. */
function byStatements(begin: string, end: string, error: RegExp): PostgresFault {
  const run = async (statement: string) => await file.bench.servers.sql.unsafe(statement);
  return {
    begin: async () => await run(begin),
    said: { level: "error", error },
    end: async () => await run(end),
  };
}

/** A transaction of another session, that is rolled back at the end. */
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

/** What `stack` holds is disposed of after the test. */
type MakeFault = (stack: AsyncDisposableStack) => PostgresFault | Promise<PostgresFault>;

const FAULTS: Readonly<Record<string, MakeFault>> = {
  "a table is missing": () =>
    byStatements(
      "ALTER TABLE daily_site_path_counts RENAME TO gone",
      "ALTER TABLE gone RENAME TO daily_site_path_counts",
      /relation "daily_site_path_counts" does not exist/,
    ),
  "a column is missing": () =>
    byStatements(
      "ALTER TABLE events RENAME COLUMN user_id TO gone",
      "ALTER TABLE events RENAME COLUMN gone TO user_id",
      /column "user_id" .*does not exist/,
    ),
  "a unique key is missing": () =>
    byStatements(
      "ALTER TABLE daily_site_stats DROP CONSTRAINT daily_site_stats_pkey",
      "ALTER TABLE daily_site_stats ADD PRIMARY KEY (site_id, date)",
      /no unique or exclusion constraint/,
    ),
  "another program added a column": () =>
    byStatements(
      "ALTER TABLE events ADD COLUMN tenant TEXT NOT NULL DEFAULT 'a'; ALTER TABLE events ALTER tenant DROP DEFAULT",
      "ALTER TABLE events DROP COLUMN tenant",
      /null value in column "tenant"/,
    ),
  "a sequence is behind its table": () =>
    byStatements(
      // It cycles, since every attempt would otherwise bring it forward.
      "ALTER SEQUENCE events_id_seq MAXVALUE 2 CYCLE RESTART 1",
      "ALTER SEQUENCE events_id_seq NO MAXVALUE NO CYCLE; SELECT setval('events_id_seq', (SELECT max(id) FROM events))",
      /duplicate key .*"events_site_key"/,
    ),
  "a privilege is revoked": () =>
    byStatements(
      `REVOKE INSERT ON events FROM ${KEEPER}`,
      `GRANT INSERT ON events TO ${KEEPER}`,
      /permission denied for table events/,
    ),
  "transactions cannot be serialized": () => ({
    ...byStatements(
      `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE 'could not serialize access' USING ERRCODE = '40001'; END $$;
       CREATE TRIGGER conflict BEFORE INSERT ON daily_site_stats
       FOR EACH STATEMENT EXECUTE FUNCTION conflict()`,
      "DROP FUNCTION conflict CASCADE",
      /could not serialize access/,
    ),
    said: { level: "warn", error: /could not serialize access/ },
  }),
  "another session locks a table": async (stack) => {
    const other = stack.use(await openTransaction());
    return {
      begin: async () => await other`LOCK TABLE daily_site_stats IN ACCESS EXCLUSIVE MODE`,
      said: { level: "warn", error: /canceling statement due to lock timeout/ },
      end: async () => await other`ROLLBACK`,
    };
  },
  "PostgreSQL is read-only": () => {
    const setReadOnly = async (value: "on" | "off") => {
      const { admin } = file.bench;
      await admin.unsafe(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await admin`SELECT pg_reload_conf()`;
    };
    return {
      begin: async () => await setReadOnly("on"),
      said: { level: "error", error: /cannot execute .* in a read-only transaction/ },
      end: async () => await setReadOnly("off"),
    };
  },
  "the password is wrong": () => {
    const setPassword = async (password: string) =>
      await file.bench.admin.unsafe(`ALTER ROLE ${KEEPER} PASSWORD '${password}'`);
    return {
      begin: async () => {
        await setPassword("another");
        await file.bench.endSessions();
      },
      said: { level: "error", error: /password authentication failed/ },
      end: async () => await setPassword(KEEPER_PASSWORD),
    };
  },
  "the database has another name": () => {
    const { admin } = file.bench;
    return {
      begin: async () => {
        await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS false`);
        await admin`
          SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = ${KEPT_DATABASE}`;
        await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} RENAME TO gone`);
      },
      said: { level: "error", error: /database "kept" does not exist/ },
      end: async () => {
        await admin.unsafe(`ALTER DATABASE gone RENAME TO ${KEPT_DATABASE}`);
        await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS true`);
      },
    };
  },
  "PostgreSQL is suspended for longer than any deadline": async () => {
    const { engine, servers } = file.bench;
    const pids = await postgresPids(servers.sql);
    return {
      begin: async () => {
        signalAll(pids, "SIGSTOP");
        // After half a minute without a commit, three batch deadlines.
        await untilHealth(engine, { status: "stalled", error: "database_unavailable" });
      },
      said: { level: "warn", error: /did not answer|did not take a connection/ },
      end: async () => signalAll(pids.toReversed(), "SIGCONT"),
    };
  },
  "other sessions take all connections, and another engine starts": async (stack) => {
    const { admin, proxy, env, servers } = file.bench;
    const [row] = await admin`SELECT current_setting('max_connections')::int AS connections`;
    const sessions = Number(row?.["connections"]) + 1;
    const hogs = postgres(servers.env["DATABASE_URL"] ?? "", { max: sessions });
    return {
      begin: async () => {
        proxy.mode = "refuse";
        proxy.cut();
        const taken = Array.from(
          { length: sessions },
          async () => await hogs`SELECT pg_sleep(0.2)`,
        );
        const outcomes = await Promise.allSettled(taken);
        expect(outcomes.map(({ status }) => status)).toContain("rejected");
        proxy.mode = "pass";
        const late = stack.use(await startEngine({ env }));
        const { status, body } = await sendEvent(late, sampleBody({ event_id: undefined }));
        expect(status).toBe(202);
        file.all.accepted.add(String(body["event_id"]));
        file.all.sent.add(String(body["event_id"]));
        const failed = await late.output.record(({ error }) => TOO_MANY.test(String(error)));
        expect(failed).toMatchObject({ level: "error", remedy: expect.any(String) });
      },
      said: { level: "error", error: TOO_MANY },
      end: async () => await hogs.end({ timeout: 1 }),
    };
  },
};

describe("every event is stored, and the error logged once, when", () => {
  test.each(Object.keys(FAULTS))(
    "%s",
    async (name) => {
      await using stack = new AsyncDisposableStack();
      const fault = await FAULTS[name]?.(stack);
      if (fault === undefined) throw new Error(`No fault ${name}`);
      await survive(file.bench, fault, file.all);
    },
    TIMEOUT_MS,
  );
});

test(
  "every event is stored when another session causes deadlocks",
  async () => {
    const { admin, engine } = file.bench;
    const from = engine.output.records.length;
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(200);
    const deadlocked = engine.output.record(({ error }) => /deadlock/.test(String(error)));
    for (let times = 1; times <= 3; times += 1) {
      await using other = await openTransaction();
      // Longer than the engine's, so that one of the engine's sessions is the victim.
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
  "defaults of the engine's user change nothing",
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
    // Only the end of the sessions may be noticed.
    expect(held.filter(({ error }) => /timeout|serialize/.test(String(error)))).toEqual([]);
    await set("RESET ALL");
    await file.bench.endSessions();
  },
  TIMEOUT_MS,
);
