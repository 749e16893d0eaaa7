import { describe, expect, test } from "bun:test";
import { ask } from "../support/api-client.ts";
import { openCrowd } from "../support/crowd.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { startLoad } from "../support/load.ts";
import { sendRaw } from "../support/raw-http.ts";
import { peakResidentBytes, residentBytes } from "../support/resident-memory.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const MIB = 1_024 * 1_024;
const CHUNKED =
  "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const accepted = new Set<string>();
const sent = new Set<string>();

/** Lets events be sent meanwhile; they must come through. */
async function underLoad(work: () => Promise<void>): Promise<void> {
  await using load = startLoad({ url: () => file.engine.url, senders: 2 });
  await load.untilAccepted(10);
  await work();
  await load.untilAccepted(10);
  await load.stop();
  for (const id of load.accepted) accepted.add(id);
  for (const id of load.sent) sent.add(id);
}

describe("a body of many chunks", () => {
  const text = JSON.stringify(sampleBody({ event_id: Bun.randomUUIDv7() }));
  const inChunks = (chunks: number) =>
    `${CHUNKED}${Array.from(text.padEnd(chunks), (byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`;

  test("is taken with 1,024 of them", async () => {
    const { status, body } = await sendRaw(file.engine.port, inChunks(1_024));
    expect(status).toBe(202);
    const eventId = String(JSON.parse(body).event_id);
    accepted.add(eventId);
    sent.add(eventId);
  });

  test("is refused with one more", async () => {
    const { status, body } = await sendRaw(file.engine.port, inChunks(1_025));
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ error: "body_too_large", retryable: false });
  });

  for (const [what, chunk] of [
    ["of one byte", "1\r\n{\r\n"],
    ["with an extension", `1;${"x".repeat(60)}\r\n{\r\n`],
  ] as const) {
    test(
      `${what} is refused on 300 connections at once`,
      async () => {
        const before = residentBytes(file.engine.pid);
        await underLoad(async () => {
          using crowd = openCrowd(file.engine.port, {
            connections: 300,
            bytes: CHUNKED + chunk.repeat(60_000),
          });
          const peak = await peakResidentBytes(file.engine.pid, crowd.statuses);
          // Closing with bytes unread resets the connection, which may overtake the answer.
          for (const status of await crowd.statuses) expect([0, 413]).toContain(status);
          expect(peak - before).toBeLessThan(400 * MIB);
        });
      },
      TIMEOUT_MS,
    );
  }
});

test(
  "afterwards every accepted event is stored, once, and no thread had to be restarted",
  async () => {
    await checkAllStored(file.servers, { accepted, sent });
    expect((await ask(file.engine, "/health")).body).toMatchObject({ restarts: 0 });
  },
  TIMEOUT_MS,
);
