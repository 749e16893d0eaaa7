import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { checkAllStored, untilDrained } from "../support/engine-servers.ts";
import { startLoad } from "../support/load.ts";
import {
  HELD,
  KEEPER,
  KEPT_DATABASE,
  Sent,
  untilHealth,
  usePostgresBench,
} from "../support/postgres-bench.ts";

const TIMEOUT_MS = 120_000;
const EVENTS_EACH = 300;

const file = usePostgresBench();

/** Runs `change` without connections to the engine's database. */
async function unconnected(change: () => Promise<unknown>): Promise<void> {
  const { admin } = file.bench;
  await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS false`);
  await admin`
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = ${KEPT_DATABASE}`;
  await change();
  await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS true`);
}

/** Makes the engine's address lead to another database, as after a failover. */
async function failOverTo(name: string): Promise<void> {
  await unconnected(
    // At once, so that the name always leads somewhere.
    async () =>
      await file.bench.admin.begin(async (admin) => {
        await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} RENAME TO before_${name}`);
        await admin.unsafe(`ALTER DATABASE ${name} RENAME TO ${KEPT_DATABASE}`);
      }),
  );
}

/** Sends events under load; all get 202. */
async function sendSome(): Promise<Sent> {
  const { engine } = file.bench;
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  expect([...load.statuses.keys()]).toEqual([202]);
  const sent = new Sent();
  sent.add(load);
  return sent;
}

test(
  "events after a failover to an older copy are stored once",
  async () => {
    const { admin, engine, servers } = file.bench;
    const all = await sendSome();
    await checkAllStored(servers, all);
    await unconnected(
      async () => await admin.unsafe(`CREATE DATABASE copy TEMPLATE ${KEPT_DATABASE}`),
    );
    await sendSome();
    await untilDrained(servers);
    await failOverTo("copy");
    const after = await sendSome();
    for (const id of after.accepted) all.accepted.add(id);
    for (const id of after.sent) all.sent.add(id);
    await checkAllStored(servers, all);
    expect(engine.output.records.filter(({ level }) => level === "error")).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "holds events and logs a remedy on an empty database",
  async () => {
    const { admin, engine, servers, env } = file.bench;
    await untilDrained(servers);
    await admin.unsafe(`CREATE DATABASE empty OWNER ${KEEPER} TEMPLATE template0`);
    await failOverTo("empty");
    const all = await sendSome();
    const isTold = ({ msg, error }: { msg: string; error?: unknown }) =>
      msg === HELD && /relation "events" does not exist/.test(String(error));
    const told = await engine.output.record(isTold);
    expect(told).toMatchObject({ level: "error" });
    expect(told["remedy"]).toContain("queueflow migrate");
    await untilHealth(engine, { status: "degraded", error: "database_unavailable" });
    // Only a person knows whether a database without tables is the right one.
    const made = await servers.sql`SELECT FROM pg_tables WHERE schemaname = 'public'`;
    expect(made).toHaveLength(0);
    const { stdout } = await runQueueflow(["migrate"], { env });
    expect(stdout).toBe(`Applied ${MIGRATIONS.length} migrations.\n`);
    await checkAllStored(servers, all);
    await untilHealth(engine, { status: "ok", error: null });
    const tellers = engine.output.records.filter(isTold).map(({ thread }) => thread);
    expect(tellers).toEqual([...new Set(tellers)]);
  },
  TIMEOUT_MS,
);
