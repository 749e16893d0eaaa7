import { Producer } from "../../src/stream/producer.ts";
import { openRedisConnection, waitUntilReady } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../../test/support/recording-log.ts";

/**
 * Parses the body, appends through the engine's producer and responds; checks, routes and counts nothing. Shows what Redis and
 * its disk allow any server of this runtime on these cores. Run as `bun appending-server.ts PORT REDIS_URL STREAM`.
 */
const [port = "", url = "", stream = ""] = Bun.argv.slice(2);
const ACCEPTED = { status: 202, headers: { "Content-Type": "application/json" } };
const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
await waitUntilReady(redis, 10_000);
const producer = new Producer(redis, {
  stream,
  streamLengthMax: 1_000_000_000,
  waitingEventsMax: 10_000,
});

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  development: false,
  async fetch(request) {
    const { site_id, event_type, path, user_id, timestamp } = JSON.parse(await request.text());
    const eventId = Bun.randomUUIDv7();
    const event = {
      eventId,
      siteId: site_id,
      eventType: event_type,
      path,
      userId: user_id,
      timestamp,
    };
    await producer.append([event]);
    return new Response(`{"status":"accepted","event_id":"${eventId}"}`, ACCEPTED);
  },
});
console.log("ready");
