import { beforeAll, expect, test } from "bun:test";
import { READ_BLOCK_MS, runConsumer } from "../../src/consume/consumer.ts";
import { WorkInHand } from "../../src/consume/work-in-hand.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { Database } from "../../src/store/database.ts";
import { ensureGroup } from "../../src/stream/consumer-group.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type LogRecord, recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "../support/servers.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { openTestDatabase } from "../support/test-database.ts";
import { connected } from "../support/test-stream.ts";

const TIMEOUT_MS = 120_000;
const CONSUMERS = 100;
const ENTRIES = 20_000;
const ENTRIES_AT_ONCE = 500;
const BATCH_ENTRIES_MAX = 100;
const PATHS = 50;
const USERS = 2_000;

beforeAll(async () => void (await testServers()), SERVERS_START_TIMEOUT_MS);

/** Consumers of the engine in this process, each with connections of its own; `await using` stops them. */
interface Consumers extends AsyncDisposable {
  /** How many have committed a batch so far. */
  readonly committed: () => number;
  /** What any of them had to warn of. */
  readonly warnings: () => readonly LogRecord[];
}

async function startConsumers(
  { env, key }: EngineServers,
  databaseUrl: string,
): Promise<Consumers> {
  const stopping = new AbortController();
  const { log, records } = recordingLog();
  const consumers = await Promise.all(
    Array.from({ length: CONSUMERS }, async (_, number) => {
      const redis = await connected(env["REDIS_URL"] ?? "", READ_BLOCK_MS);
      const database = new Database({ url: databaseUrl, connectionsMax: 1 });
      const workInHand = new WorkInHand();
      const consumer = { ...key, consumer: `consumer-${number}` };
      const ended = runConsumer(
        {
          redis,
          database,
          key: consumer,
          claimIdleMs: 60_000,
          workInHand,
          metrics: storingMetrics().metrics,
          log,
          batchEntriesMax: BATCH_ENTRIES_MAX,
        },
        stopping.signal,
      );
      return { redis, database, workInHand, ended };
    }),
  );
  return {
    committed: () => consumers.filter(({ workInHand }) => workInHand.lastCommitAt !== null).length,
    warnings: () => records.filter(({ level }) => level === "warn" || level === "error"),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(
        consumers.map(async ({ redis, database, ended }) => {
          await ended;
          await closeRedisConnection(redis);
          await database.close(1_000);
        }),
      );
    },
  };
}

/** Appends entries of one site and one day, whose paths and users come in another order in each batch. */
async function append({ redis, key }: EngineServers): Promise<void> {
  for (let first = 0; first < ENTRIES; first += ENTRIES_AT_ONCE) {
    const pipeline = redis.pipeline();
    for (let number = first; number < first + ENTRIES_AT_ONCE; number += 1) {
      const scattered = Bun.hash.crc32(String(number));
      const path = `/${scattered % PATHS}`;
      const userId = `user-${scattered % USERS}`;
      pipeline.xadd(key.stream, "*", ...encodeEntry(sampleEvent({ path, userId })));
    }
    await pipeline.exec();
  }
}

test(
  "runConsumer makes progress in each of a hundred consumers when all of them store one day of one site",
  async () => {
    await using servers = await openEngineServers();
    await using store = await openTestDatabase();
    await ensureGroup(servers.redis, servers.key, recordingLog().log);
    await append(servers);
    {
      await using consumers = await startConsumers(servers, store.url);
      await untilDrained(servers);
      expect(consumers.committed()).toBe(CONSUMERS);
      expect(consumers.warnings()).toEqual([]);
    }
    expect(await checkInvariants(store.sql)).toBe(ENTRIES);
    await eventually(async () => {
      // Sessions report what they have counted when they end.
      const [row] = await store.sql`
        SELECT numbackends, deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
      expect({ ...row }).toEqual({ numbackends: 1, deadlocks: 0 });
    });
  },
  TIMEOUT_MS,
);
