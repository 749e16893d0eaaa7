import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { askReport } from "../support/ask-report.ts";
import { awaitStreamingStandby } from "../support/awaited-standby.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { Sent, session } from "../support/postgres-bench.ts";
import { openPostgresPair, type PostgresPair } from "../support/scale/postgres-pair.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 180_000;
const EVENTS_EACH = 300;

const stack = new AsyncDisposableStack();
const all = new Sent();
let pair: PostgresPair;
let servers: EngineServers;
let engine: Engine;

beforeAll(async () => {
  pair = stack.use(await openPostgresPair());
  servers = stack.use(await openEngineServers({ databaseUrl: pair.url }));
  engine = stack.use(await startEngine({ env: servers.env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Sends events while `change` happens. Each is accepted, stored once, and in the reports. */
async function survive(change: () => Promise<void>): Promise<void> {
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await change();
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  expect([...load.statuses.keys()]).toEqual([202]);
  all.add(load);
  // A session opened before may be that of a server that hangs.
  const sql = session(pair.url);
  await checkAllStored({ ...servers, sql }, all);
  await sql.end();
  const question = { site_id: "load", metrics: ["events"], date_range: "all" };
  await eventually(async () => {
    const { body } = await askReport(engine, question);
    expect(body["results"]).toEqual([{ metrics: [all.accepted.size], dimensions: [] }]);
  }, TIMEOUT_MS);
}

describe("a DATABASE_URL with several hosts", () => {
  test(
    "leads to the primary, wherever it stands",
    async () => {
      await survive(async () => undefined);
      const [row] = await pair.primary.query("SELECT count(*)::int AS rows FROM events");
      expect(row?.["rows"]).toBe(all.accepted.size);
    },
    TIMEOUT_MS,
  );

  test(
    "follows a standby that takes the place of a killed primary",
    async () => {
      // No failover loses a COMMIT that the standby has.
      await awaitStreamingStandby(pair.primary.url);
      await survive(async () => {
        await pair.primary.kill();
        await pair.promote();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "follows a planned change back",
    async () => {
      await pair.rejoin();
      await awaitStreamingStandby(pair.primary.url);
      await survive(async () => {
        await pair.primary.stop();
        await pair.promote();
      });
    },
    TIMEOUT_MS,
  );

  test(
    "leaves a primary that hangs",
    async () => {
      await pair.rejoin();
      await awaitStreamingStandby(pair.primary.url);
      await survive(async () => {
        await pair.primary.suspend();
        await pair.promote();
      });
    },
    TIMEOUT_MS,
  );
});
