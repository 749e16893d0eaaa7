import { readNew } from "../../src/stream/consumer-group.ts";
import { Producer } from "../../src/stream/producer.ts";
import {
  COMMAND_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  openRedisConnection,
  waitUntilReady,
} from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../../test/support/recording-log.ts";
import { KEY } from "../start-engine.ts";
import { storedEvents } from "./stored-events.ts";

/**
 * Appends events or reads entries through one Redis client, and prints the rate and the CPU time of each. Run as
 * `bun redis-client.ts CLIENT URL append SECONDS` or `… read ENTRIES`; a quarter more comes first, as a warm-up.
 */
const [name = "", url = "", direction = "", amount = ""] = Bun.argv.slice(2);
const SENDERS = 64;
const READ_ENTRIES = 5_000;
type Args = readonly (string | number)[];

const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
await waitUntilReady(redis, CONNECT_TIMEOUT_MS);
if (name === "Bun.RedisClient") await sendThroughBun();
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

/**
 * Sends the commands of `redis` through Bun's client. It has no command deadline: closing it rejects a command without a
 * reply.
 */
async function sendThroughBun(): Promise<void> {
  const bun = new Bun.RedisClient(url, {
    autoReconnect: false,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetries: 0,
  });
  await bun.connect();
  const call = async (command: string, args: Args) => {
    const timer = setTimeout(() => bun.close(), COMMAND_TIMEOUT_MS);
    const reply: unknown = await bun.send(command, args.map(String));
    clearTimeout(timer);
    return reply;
  };
  Object.assign(redis, {
    call,
    // RESP3 returns a map of streams, RESP2 a list.
    xreadgroup: async (...args: Args) => Object.entries(Object(await call("XREADGROUP", args))),
  });
}

async function append(forSeconds: number): Promise<number> {
  const bounds = { streamLengthMax: 1_000_000_000, waitingEventsMax: 10_000 };
  const producer = new Producer(redis, { stream: KEY.stream, ...bounds });
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
    entries += (await readNew(redis, { ...KEY, consumer: "bench" }, bounds)).entries.length;
  }
  return entries;
}
