import { readNew } from "../../src/stream/consumer-group.ts";
import { Producer } from "../../src/stream/producer.ts";
import { EventConnection } from "../../src/stream/redis/event-connection.ts";
import { openRedisConnection, waitUntilReady } from "../../src/stream/redis/redis-connection.ts";
import { COMMAND_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from "../../src/stream/redis/redis-deadlines.ts";
import type { Script } from "../../src/stream/redis/script.ts";
import { recordingLog } from "../../test/support/recording-log.ts";
import { KEY } from "../start-engine.ts";
import { storedEvents } from "./stored-events.ts";

/**
 * Appends events or reads entries through one Redis client, and prints the rate and what one costs this process.
 * Run as `bun redis-client.ts CLIENT URL append SECONDS` or `… read ENTRIES`; a quarter more goes first, to warm up.
 */
const [name = "", url = "", direction = "", amount = ""] = Bun.argv.slice(2);
const SENDERS = 64;
const READ_ENTRIES = 5_000;
type Args = readonly (string | number)[];

const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
await waitUntilReady(redis, CONNECT_TIMEOUT_MS);
const client = await openClient();
const work = direction === "append" ? append : read;
await work(Number(amount) / 4);
Bun.gc(true);
const startedAtMs = performance.now();
const startCpu = process.cpuUsage();
const events = await work(Number(amount));
const { user, system } = process.cpuUsage(startCpu);
const seconds = (performance.now() - startedAtMs) / 1_000;
console.log(JSON.stringify({ rate: events / seconds, cpuUs: (user + system) / events }));
process.exit();

async function openClient(): Promise<EventConnection> {
  const connection = new EventConnection(redis);
  await connection.untilReady(CONNECT_TIMEOUT_MS);
  if (name === "hand-written") return connection;
  const call =
    name === "ioredis"
      ? async (command: string, args: Args) => await redis.call(command, [...args])
      : await openBunClient();
  // The producer runs one script; Redis knows it by its hash after the first call.
  let isKnown = false;
  const run = async ({ sha1, lua }: Script, { key, args }: { key: string; args: Args }) => {
    const script = isKnown ? (["EVALSHA", sha1] as const) : (["EVAL", lua] as const);
    const reply = await call(script[0], [script[1], 1, key, ...args]);
    isKnown = true;
    return reply;
  };
  return Object.assign(connection, { call, run });
}

/** Bun's client has no deadline for a command: closing it is what rejects one that gets no reply. */
async function openBunClient(): Promise<(command: string, args: Args) => Promise<unknown>> {
  const bun = new Bun.RedisClient(url, {
    autoReconnect: false,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetries: 0,
  });
  await bun.connect();
  return async (command, args) => {
    const timer = setTimeout(() => bun.close(), COMMAND_TIMEOUT_MS);
    const reply: unknown = await bun.send(command, args.map(String));
    clearTimeout(timer);
    // RESP3 has a map of streams where RESP2 has a list.
    return command === "xreadgroup" ? Object.entries(Object(reply)) : reply;
  };
}

async function append(forSeconds: number): Promise<number> {
  const bounds = { streamLengthMax: 1_000_000_000, waitingEventsMax: 10_000 };
  const producer = new Producer(client, { stream: KEY.stream, ...bounds });
  const untilMs = performance.now() + 1_000 * forSeconds;
  let appended = 0;
  const send = async (): Promise<void> => {
    for (const event of storedEvents(1, "skewed")) {
      for (; performance.now() < untilMs; appended += 1) await producer.append([event]);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  return appended;
}

async function read(entriesMin: number): Promise<number> {
  let entries = 0;
  while (entries < entriesMin) {
    const bounds = { entriesMax: READ_ENTRIES, blockMs: 0 };
    entries += (await readNew(client, { ...KEY, consumer: "bench" }, bounds)).entries.length;
  }
  return entries;
}
