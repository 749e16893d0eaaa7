import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openFilesMax } from "../../src/metrics/process-readings.ts";
import { ask } from "../support/api-client.ts";
import { openCrowd } from "../support/crowd.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { openIdleConnections } from "../support/idle-connections.ts";
import { type Load, startLoad } from "../support/load.ts";
import { openRaw, type RawConnection, sendRaw } from "../support/raw-http.ts";
import { peakResidentBytes, residentBytes } from "../support/resident-memory.ts";
import { sampleBody } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";

const TIMEOUT_MS = 120_000;
const MIB = 1_024 * 1_024;
const CHUNKED =
  "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

const file = useEngine({
  INGEST_WORKERS: "1",
  CONSUMER_WORKERS: "1",
  KEEP_ALIVE_MS: "250000",
});
const accepted = new Set<string>();
const sent = new Set<string>();

/** Runs `work` while events are sent, which must be accepted. */
async function underLoad(work: (load: Load) => Promise<void>): Promise<void> {
  await using load = startLoad({ url: () => file.engine.url, senders: 2 });
  await load.untilAccepted(10);
  await work(load);
  await load.untilAccepted(10);
  await load.stop();
  for (const id of load.accepted) accepted.add(id);
  for (const id of load.sent) sent.add(id);
}

describe("a body of many chunks", () => {
  const text = JSON.stringify(sampleBody({ event_id: Bun.randomUUIDv7() }));
  const inChunks = (chunks: number) =>
    `${CHUNKED}${Array.from(text.padEnd(chunks), (byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`;

  test("is accepted with 1,024", async () => {
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
            head: CHUNKED,
            piece: chunk.repeat(1_000),
            pieces: 60,
          });
          const peak = await peakResidentBytes(file.engine.pid, crowd.statuses);
          // Closing with unread bytes resets the connection, possibly before the client has read the response.
          for (const status of await crowd.statuses) expect([0, 413]).toContain(status);
          expect(peak - before).toBeLessThan(400 * MIB);
        });
      },
      TIMEOUT_MS,
    );
  }
});

describe("events are accepted in bounded memory while", () => {
  const post = (headers: string) => `POST /event HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
  const json = "Content-Type: application/json\r\n";
  const length = `Content-Length: ${300 * MIB}\r\n`;
  const chunk = `100000\r\n${"x".repeat(MIB)}\r\n`;

  let quiet: RawConnection | undefined;
  let isIdleClosed = false;
  beforeAll(async () => {
    quiet = await openRaw(file.engine.port);
    quiet.write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
    await quiet.answer;
    void quiet.closed.finally(() => {
      isIdleClosed = true;
    });
  });
  afterAll(() => quiet?.[Symbol.dispose]());

  const bodies: [string, string, string, readonly number[]][] = [
    ["an event", post(json + length), "x".repeat(MIB), [413]],
    ["another type", post(`Content-Type: text/plain\r\n${length}`), "x".repeat(MIB), [415]],
    ["no route", `PUT /nothing HTTP/1.1\r\nHost: a\r\n${length}\r\n`, "x".repeat(MIB), [404]],
    ["a GET", `GET /health/live HTTP/1.1\r\nHost: a\r\n${length}\r\n`, "x".repeat(MIB), [200]],
    ["a chunked event", CHUNKED, chunk, [413]],
    ["chunks of another type", CHUNKED.replace("json", "xml"), chunk, [415]],
  ];
  for (const [what, head, piece, statuses] of bodies) {
    test(
      `a body of 300 MB is sent with ${what}`,
      async () => {
        const before = residentBytes(file.engine.pid);
        await underLoad(async () => {
          using crowd = openCrowd(file.engine.port, { connections: 2, head, piece, pieces: 300 });
          const peak = await peakResidentBytes(file.engine.pid, crowd.sent);
          for (const status of await crowd.statuses) expect([0, ...statuses]).toContain(status);
          expect(peak - before).toBeLessThan(200 * MIB);
        });
      },
      TIMEOUT_MS,
    );
  }

  test(
    "2,000 connections hold bodies that they do not finish",
    async () => {
      const before = residentBytes(file.engine.pid);
      await underLoad(async () => {
        const head = `${post(`${json}Content-Length: 65536\r\n`)}${"x".repeat(65_000)}`;
        using crowd = openCrowd(file.engine.port, { connections: 2_000, head });
        const peak = await peakResidentBytes(file.engine.pid, crowd.closed);
        for (const status of await crowd.statuses) expect([0, 408, 503]).toContain(status);
        expect(peak - before).toBeLessThan(400 * MIB);
      });
    },
    TIMEOUT_MS,
  );

  const slow: [string, string][] = [
    ["a head", "POST /event HTTP/1.1\r\nHost: a\r\nX-Slow: "],
    ["a request line", "PO"],
    ["a body", `${post(`${json}Content-Length: 100\r\n`)}{"`],
    ["a chunk", `${CHUNKED}10\r\n{"`],
    ["nothing", ""],
  ];
  test(
    "1,000 connections send parts of requests until closed",
    async () => {
      await underLoad(async () => {
        const crowds = slow.map(([, head]) =>
          openCrowd(file.engine.port, { connections: 200, head }),
        );
        await Promise.all(crowds.map(async ({ closed }) => await closed));
      });
    },
    TIMEOUT_MS,
  );

  // The two tests before this one take longer together than the runtime gives a head and the engine a body.
  test("a connection that was idle meanwhile stays open", () => {
    expect(isIdleClosed).toBe(false);
  });

  test(
    "10,000 connections are idle",
    async () => {
      const connections = Math.min(10_000, Math.floor((openFilesMax() ?? 1_024) / 2));
      await underLoad(async (load) => {
        using idle = openIdleConnections(file.engine.port, connections);
        await idle.untilOpen();
        await load.untilAccepted(20);
      });
    },
    TIMEOUT_MS,
  );

  for (const path of ["/health/live", "/swagger/swagger-ui-bundle.js", "/metrics"]) {
    test(
      `100 connections request ${path} and read nothing`,
      async () => {
        const before = residentBytes(file.engine.pid);
        await underLoad(async (load) => {
          const piece = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
          const options = { connections: 100, head: "", piece, pieces: 100, isDeaf: true };
          using _ = openCrowd(file.engine.port, options);
          const peak = await peakResidentBytes(file.engine.pid, load.untilAccepted(100));
          expect(peak - before).toBeLessThan(400 * MIB);
        });
      },
      TIMEOUT_MS,
    );
  }
});

describe("events are accepted while others", () => {
  const start = "POST /event HTTP/1.1\r\nHost: a\r\n";
  const floods: [string, string][] = [
    ["long headers", `X-Flood: ${"x".repeat(1_000)}\r\n`],
    ["short headers", "a: b\r\n".repeat(100)],
    ["one header", "x".repeat(1_000)],
  ];
  for (const [what, piece] of floods) {
    test(
      `send ${what} without end on 200 connections`,
      async () => {
        const before = residentBytes(file.engine.pid);
        await underLoad(async () => {
          const head = what === "one header" ? `${start}X: ` : start;
          using crowd = openCrowd(file.engine.port, {
            connections: 200,
            head,
            piece,
            pieces: 5_000,
          });
          const peak = await peakResidentBytes(file.engine.pid, crowd.closed);
          for (const status of await crowd.statuses) expect([0, 400, 431]).toContain(status);
          expect(peak - before).toBeLessThan(200 * MIB);
        });
      },
      TIMEOUT_MS,
    );
  }

  test(
    "open and close 6,000 connections",
    async () => {
      const { port, pid } = file.engine;
      const openFiles = () => readdirSync(`/proc/${pid}/fd`).length;
      const before = openFiles();
      const whole = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
      await underLoad(async () => {
        for (let round = 0; round < 20; round += 1) {
          for (const head of ["", "PO", CHUNKED, whole, `${CHUNKED}10\r\n{"`, "\0"]) {
            using crowd = openCrowd(port, { connections: 50, head });
            await crowd.sent;
          }
        }
      });
      await eventually(() => expect(openFiles()).toBeLessThan(before + 50));
    },
    TIMEOUT_MS,
  );
});

test("300 reads at once are refused in part, and no probe", async () => {
  const { port, pid } = file.engine;
  const openAll = async (count: number) =>
    await Promise.all(Array.from({ length: count }, async () => await openRaw(port)));
  const reads = await openAll(300);
  const probes = await openAll(10);
  // They all arrive in one turn of the thread.
  await suspend(pid);
  for (const read of reads) read.write("GET /no-such HTTP/1.1\r\nHost: a\r\n\r\n");
  for (const probe of probes) probe.write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
  process.kill(pid, "SIGCONT");
  const statuses = async (connections: readonly RawConnection[]) =>
    new Set(
      (await Promise.all(connections.map(({ answer }) => answer))).map(({ status }) => status),
    );
  expect(await statuses(probes)).toEqual(new Set([200]));
  expect(await statuses(reads)).toEqual(new Set([404, 503]));
  for (const connection of [...reads, ...probes]) connection[Symbol.dispose]();
});

test(
  "every event is stored once, and no thread restarted",
  async () => {
    await checkAllStored(file.servers, { accepted, sent });
    expect((await ask(file.engine, "/health")).body).toMatchObject({ restarts: 0 });
  },
  TIMEOUT_MS,
);
