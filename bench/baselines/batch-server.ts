import { appendBatch } from "../../src/stream/append-batch.ts";
import { openRedisConnection, waitUntilReady } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../../test/support/recording-log.ts";

/**
 * Parses a batch with `JSON.parse`, appends it with the engine's script in one flush and responds; checks, bounds and counts
 * nothing. Run as `bun batch-server.ts PORT REDIS_URL STREAM`.
 */
const [port = "", url = "", stream = ""] = Bun.argv.slice(2);
const ACCEPTED = { status: 202, headers: { "Content-Type": "application/json" } };
const redis = openRedisConnection({ url, log: recordingLog().log, blockMs: 0 });
await waitUntilReady(redis, 10_000);

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  development: false,
  async fetch(request) {
    const text = await textOf(request);
    const events = text.startsWith("[")
      ? JSON.parse(text)
      : text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line));
    const values: string[] = [];
    for (const { site_id, event_type, path, user_id, timestamp } of events) {
      values.push(Bun.randomUUIDv7(), site_id, event_type, path, user_id, timestamp, "");
    }
    await appendBatch(redis, { stream, values, lengthMax: 1_000_000_000, nowMs: Date.now() });
    return new Response(`{"accepted":${events.length}}`, ACCEPTED);
  },
});
console.log("ready");

async function textOf(request: Request): Promise<string> {
  const coding = request.headers.get("content-encoding");
  if (coding === "gzip") return String(Buffer.from(Bun.gunzipSync(await request.arrayBuffer())));
  if (coding === "zstd") return String(Bun.zstdDecompressSync(await request.arrayBuffer()));
  return await request.text();
}
