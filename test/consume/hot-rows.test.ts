import { beforeAll, expect, test } from "bun:test";
import { READ_BLOCK_MS, runConsumer } from "../../src/consume/consumer.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { Database } from "../../src/store/database.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type LogRecord, recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "../support/servers.ts";
import { openTestDatabase } from "../support/test-database.ts";
import { connected } from "../support/test-stream.ts";
import { storingContext } from "./storing-context.ts";

const TIMEOUT_MS = 240_000;
const CONNECT_MS_MAX = 10_000;
const CONSUMERS = 100;
/** Two batches for each consumer. */
const ENTRIES = 6_000;
const ENTRIES_AT_ONCE = 500;
const LIMITS = { batchEntriesMax: 30 };
/** Few, so that every two batches share rows. */
const PATHS = 20;
const USERS = 200;
/** The last in the queue for the day's rows waits for the transactions of all others. */
const TOO_SLOW = /did not answer in \d+ ms|due to (lock|statement) timeout/;

beforeAll(async () => void (await testServers()), SERVERS_START_TIMEOUT_MS);

/** Consumers in this process, each with connections of its own; `await using` stops them. */
interface Consumers extends AsyncDisposable {
  /** How many have committed a batch so far. */
  readonly committed: () => number;
  /** Warnings and errors of all consumers, except for those of a machine too slow for the deadlines. */
  readonly warnings: () => readonly LogRecord[];
}

async function startConsumers(
  { env, key }: EngineServers,
  databaseUrl: string,
): Promise<Consumers> {
  const stopping = new AbortController();
  const prepared: ReturnType<typeof storingContext>[] = [];
  // One after the other: a hundred connections at once take longer than connecting may.
  for (let number = 0; number < CONSUMERS; number += 1) {
    const redis = await connected(env["REDIS_URL"] ?? "", READ_BLOCK_MS);
    const database = new Database({ url: databaseUrl, connectionsMax: 1 });
    await eventually(
      async () => await database.query(CONNECT_MS_MAX, async (sql) => await sql`SELECT`),
    );
    const consumer = { ...key, consumer: `consumer-${number}` };
    prepared.push(storingContext({ redis, database, key: consumer, ...LIMITS }));
  }
  // All at once, so that each gets a share of the entries.
  const consumers = prepared.map(({ context, records }) => {
    return { context, records, ended: runConsumer(context, stopping.signal) };
  });
  return {
    committed: () =>
      consumers.filter(({ context }) => context.status.figures.lastCommitAt !== null).length,
    warnings: () =>
      consumers.flatMap(({ records }) =>
        records.filter(
          ({ level, fields }) =>
            (level === "warn" || level === "error") && !TOO_SLOW.test(String(fields["error"])),
        ),
      ),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(
        consumers.map(async ({ context, ended }) => {
          await ended;
          await closeRedisConnection(context.redis);
          await context.database.close(1_000);
        }),
      );
    },
  };
}

/** Appends entries of one site and day; the order of paths and users differs from batch to batch. */
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
  "a hundred consumers of one site and day all make progress",
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
      // Sessions report their counts when they end.
      const [row] = await store.sql`
        SELECT numbackends, deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
      expect({ ...row }).toEqual({ numbackends: 1, deadlocks: 0 });
    });
  },
  TIMEOUT_MS,
);
