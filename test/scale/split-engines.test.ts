import { describe, expect, test } from "bun:test";
import {
  closeShardConnections,
  openShardConnections,
} from "../../src/stream/shards/shard-connections.ts";
import { askReport } from "../support/ask-report.ts";
import { ENGINE, type Engine, engineCommand, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { laterMigrations } from "../support/later-migrations.ts";
import { type Load, startLoad } from "../support/load.ts";
import { PGBOUNCER, startPgBouncer } from "../support/scale/pg-bouncer.ts";
import { startCluster } from "../support/scale/redis-cluster.ts";

const TIMEOUT_MS = 180_000;
const EVENTS_EACH = 300;
const NEWER = engineCommand("test/support/newer-main.ts");

const ROLES = {
  accepts: { CONSUMER_WORKERS: "0", INGEST_WORKERS: "2" },
  stores: { INGEST_WORKERS: "0", CONSUMER_WORKERS: "2" },
} as const;
type Role = keyof typeof ROLES;

/** Two processes, one of which accepts events and the other stores them, behind a load balancer that knows which are up. */
class SplitEngines implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  readonly #stack = new AsyncDisposableStack();
  readonly #running = new Map<Role, Engine>();

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = { ...env, CLAIM_IDLE_MS: "1000", BATCH_ENTRIES_MAX: "50", LOG_LEVEL: "debug" };
  }

  /** Starts a process, to which the load balancer changes. Resolves with the one before. */
  async start(role: Role, command = ENGINE): Promise<Engine | undefined> {
    const before = this.#running.get(role);
    const env = { ...this.#env, ...ROLES[role] };
    this.#running.set(role, this.#stack.use(await startEngine({ env, command })));
    return before;
  }

  get(role: Role): Engine {
    const engine = this.#running.get(role);
    if (engine === undefined) throw new Error(`No process ${role} events`);
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Resolves when the process that stores has stored another batch. */
async function untilStoresMore(engines: SplitEngines): Promise<void> {
  const { output } = engines.get("stores");
  const before = new Set(output.records);
  await output.record((record) => record.msg === "Transaction committed" && !before.has(record));
}

async function untilSchemaIsNewer({ output }: Engine): Promise<void> {
  for (const { version } of laterMigrations()) {
    await output.record(
      (record) => record.msg === "Migration applied" && record["version"] === version,
    );
  }
}

/** Asserts that each accepted event is stored once, and in the report of the process that accepts. */
async function checkEach(engines: SplitEngines, servers: EngineServers, load: Load): Promise<void> {
  await load.stop();
  await checkAllStored(servers, load);
  const [row] = await servers.sql`SELECT count(*)::int AS rows FROM events`;
  const question = { site_id: "load", metrics: ["events"], date_range: "all" };
  const { body } = await askReport(engines.get("accepts"), question);
  expect(body["results"]).toEqual([{ metrics: [row?.["rows"]], dimensions: [] }]);
}

describe("processes that only accept and only store", () => {
  test.each([
    ["accepts", "stores"],
    ["stores", "accepts"],
  ] as const)(
    "are upgraded without a refusal, first the one that %s",
    async (first, second) => {
      await using servers = await openEngineServers();
      await using engines = new SplitEngines(servers.env);
      await engines.start("stores");
      await untilMigrated(engines.get("stores"));
      await engines.start("accepts");
      await using load = startLoad({ url: () => engines.get("accepts").url });
      await load.untilAccepted(EVENTS_EACH);
      for (const role of [first, second]) {
        const older = await engines.start(role, NEWER);
        if (role === first) await untilSchemaIsNewer(engines.get(role));
        await load.untilAccepted(EVENTS_EACH);
        expect(await older?.stop()).toBe(0);
        await untilStoresMore(engines);
      }
      await load.untilAccepted(EVENTS_EACH);
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([202]);
      await checkEach(engines, servers, load);
    },
    TIMEOUT_MS,
  );

  test.skipIf(PGBOUNCER === undefined)(
    `lose nothing when each is killed, behind PgBouncer${PGBOUNCER === undefined ? " (skipped: it is not installed)" : ""}`,
    async () => {
      await using servers = await openEngineServers();
      await using pooler = await startPgBouncer(servers.env["DATABASE_URL"] ?? "");
      await using engines = new SplitEngines({ ...servers.env, DATABASE_URL: pooler.url });
      await engines.start("stores");
      await untilMigrated(engines.get("stores"));
      await engines.start("accepts");
      await using load = startLoad({ url: () => engines.get("accepts").url });
      await load.untilAccepted(EVENTS_EACH);

      await untilStoresMore(engines);
      await engines.get("stores").kill();
      // Nothing stores for a while.
      await load.untilAccepted(EVENTS_EACH);
      await engines.start("stores", NEWER);
      await untilStoresMore(engines);

      await engines.get("accepts").kill();
      await engines.start("accepts", NEWER);
      await load.untilAccepted(EVENTS_EACH);
      await load.stop();
      // 0: the connection broke before a response.
      expect(new Set(load.statuses.keys()).difference(new Set([202, 0]))).toEqual(new Set());
      await checkEach(engines, servers, load);
    },
    TIMEOUT_MS,
  );

  test(
    "are upgraded without a refusal on a Redis Cluster",
    async () => {
      await using cluster = await startCluster();
      await cluster.untilWhole();
      await using servers = await openEngineServers({ redisUrl: cluster.url });
      const { stream, group } = servers.key;
      const options = { redisUrl: cluster.url, stream, group, shards: 3 };
      const shards = openShardConnections(options);
      await using stack = new AsyncDisposableStack();
      stack.defer(async () => await closeShardConnections(shards));
      const env = { ...servers.env, REDIS_SHARDS: "3", REDIS_REPLICAS_MIN: "1" };
      await using engines = new SplitEngines(env);
      await engines.start("stores");
      await untilMigrated(engines.get("stores"));
      await engines.start("accepts");
      await using load = startLoad({ url: () => engines.get("accepts").url });
      await load.untilAccepted(EVENTS_EACH);
      for (const role of ["stores", "accepts"] as const) {
        const older = await engines.start(role, NEWER);
        await load.untilAccepted(EVENTS_EACH);
        expect(await older?.stop()).toBe(0);
        await untilStoresMore(engines);
      }
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([202]);
      for (const { redis, key } of shards) await untilDrained({ redis, key });
      await checkEach(engines, { ...servers, ...shards[0] }, load);
    },
    TIMEOUT_MS,
  );
});
