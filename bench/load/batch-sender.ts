import { setTimeout as delay } from "node:timers/promises";
import { BATCH_FORMATS, batchBodies } from "./batch-bodies.ts";

/**
 * Sends batches in JSON at a constant rate, whatever the latency. Prints how many were accepted, and why the first was not. Run as
 * `bun batch-sender.ts PORT BATCHES_PER_SECOND SECONDS`.
 */
const [port = "", rate = "", seconds = ""] = Bun.argv.slice(2);
const { contentType } = BATCH_FORMATS.JSON;
const bodies = batchBodies(BATCH_FORMATS.JSON);
const total = Math.round(Number(rate) * Number(seconds));
const startMs = performance.now();
const responses: Promise<Response>[] = [];

for (let sent = 0; sent < total; sent += 1) {
  const waitMs = startMs + (sent * 1_000) / Number(rate) - performance.now();
  if (waitMs > 0) await delay(waitMs);
  const body = bodies[sent % bodies.length] ?? "";
  const headers = { "Content-Type": contentType };
  responses.push(fetch(`http://127.0.0.1:${port}/events`, { method: "POST", headers, body }));
}
const replies = await Promise.all(
  responses.map(async (each) => {
    const response = await each;
    return { status: response.status, text: await response.text() };
  }),
);
const refused = replies.filter(({ status }) => status !== 202);
if (refused.length > 0) console.error(refused[0]?.text.slice(0, 300));
console.log(replies.length - refused.length);
