import { describe, expect, test } from "bun:test";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { useEngine } from "../support/engine-servers.ts";
import { type Load, startLoad } from "../support/load.ts";
import { peakResidentBytes, residentBytes } from "../support/resident-memory.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const MIB = 1_024 * 1_024;
/** A few times what batches may hold at once, as the allocator returns memory late. */
const GROWTH_BYTES_MAX = 400 * MIB;
const AT_ONCE = 24;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

interface Bomb {
  readonly path: "/event" | "/events";
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly type?: string;
  readonly coding?: string;
  readonly statuses: readonly number[];
}

/** Sends a bomb many times at once while others send events, all of which must be accepted in bounded memory. */
async function explode(bomb: Bomb): Promise<void> {
  await underLoad(async () => {
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, () => send(bomb)));
    for (const status of statuses) expect([...bomb.statuses, 503]).toContain(status);
  });
}

async function underLoad(work: (load: Load) => Promise<unknown>): Promise<void> {
  const { engine } = file;
  await using load = startLoad({ url: () => engine.url, senders: 2 });
  await load.untilAccepted(5);
  const before = residentBytes(engine.pid);
  const peak = await peakResidentBytes(engine.pid, work(load));
  await load.untilAccepted(5);
  await load.stop();
  expect(Object.fromEntries(load.statuses)).toEqual({ 202: load.accepted.size });
  expect(peak - before).toBeLessThan(GROWTH_BYTES_MAX);
}

async function send({ path, body, type = "application/json", coding }: Bomb): Promise<number> {
  const headers = coding === undefined ? {} : { "Content-Encoding": coding };
  const response = await fetch(`${file.engine.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": type, ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

const SPACES = Buffer.alloc(128 * MIB, " ");
const brotli = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
/** A zstd frame of one raw block that needs a window of 2 GiB. */
const WIDE_WINDOW = Buffer.from("28b52ffd00a809000020", "hex");
/** A zstd frame that says it holds 2^60 bytes. */
const LONG_FRAME = Buffer.from("28b52ffde0000000000000001009000020", "hex");

describe("a body is refused that decompresses to 128 MiB", () => {
  const codings: readonly (readonly [coding: string, body: () => Uint8Array])[] = [
    ["gzip", () => gzipSync(SPACES)],
    ["deflate", () => deflateSync(SPACES)],
    ["br", () => brotli(SPACES)],
    ["zstd", () => Bun.zstdCompressSync(SPACES)],
    ["gzip, gzip", () => gzipSync(gzipSync(SPACES))],
    ["zstd, br, gzip", () => gzipSync(brotli(Bun.zstdCompressSync(SPACES)))],
  ];
  for (const [coding, body] of codings) {
    test(
      `by ${coding}`,
      async () => {
        const bytes = Uint8Array.from(body());
        await explode({ path: "/events", body: bytes, coding, statuses: [413, 415] });
        await explode({ path: "/event", body: bytes, coding, statuses: [413, 415] });
      },
      TIMEOUT_MS,
    );
  }
});

describe("a body is refused that", () => {
  const cases: readonly (readonly [what: string, coding: string, body: Uint8Array])[] = [
    ["says it is coded 400 times", Array(400).fill("gzip").join(", "), gzipSync("{}")],
    ["needs a window of 2 GiB", "zstd", WIDE_WINDOW],
    ["says it holds 2^60 bytes", "zstd", LONG_FRAME],
    ["has 60,000 empty gzip members", "gzip", Buffer.concat(Array(60_000).fill(gzipSync("")))],
  ];
  for (const [what, coding, body] of cases) {
    const bytes = Uint8Array.from(body);
    test(
      what,
      async () =>
        await explode({
          path: "/events",
          body: bytes,
          coding,
          statuses: [400, 413, 415, 422, 431],
        }),
      TIMEOUT_MS,
    );
  }
});

describe("others are served while", () => {
  const event = (more: Readonly<Record<string, unknown>>) => JSON.stringify(sampleBody(more));
  const named = (count: number, name: (number: number) => string) =>
    Object.fromEntries(Array.from({ length: count }, (_, number) => [name(number), number]));
  const cases: readonly (readonly [what: string, bombs: readonly Bomb[]])[] = [
    [
      "arrays and objects are nested deeply",
      [
        { path: "/event", body: "[".repeat(60_000), statuses: [400] },
        { path: "/event", body: '{"a":'.repeat(12_000), statuses: [400] },
        { path: "/event", body: `${"[".repeat(30_000)}${"]".repeat(30_000)}`, statuses: [400] },
        { path: "/events", body: "[".repeat(4_000_000), statuses: [400, 413] },
        { path: "/events", body: '{"events":'.repeat(400_000), statuses: [400, 413] },
        {
          path: "/event",
          body: event({
            properties: { a: JSON.parse(`${"[".repeat(9_000)}${"]".repeat(9_000)}`) },
          }),
          statuses: [202],
        },
      ],
    ],
    [
      "numbers are huge",
      [
        { path: "/event", body: event({}).replace("{", '{"x":1e99999999999,'), statuses: [202] },
        { path: "/event", body: `{"site_id":${"9".repeat(60_000)}}`, statuses: [422] },
        { path: "/event", body: `{"site_id":0.${"0".repeat(60_000)}1}`, statuses: [422] },
        { path: "/events", body: `[${"9".repeat(4_000_000)}]`, statuses: [413, 422, 202, 200] },
      ],
    ],
    [
      "an event has thousands of names",
      [
        { path: "/event", body: event(named(4_000, (number) => `x${number}`)), statuses: [202] },
        { path: "/event", body: event(named(4_000, (number) => `${number}`)), statuses: [202] },
        {
          path: "/event",
          body: event(named(3_000, (number) => `${4_294_967_294 - number * 1_000_003}`)),
          statuses: [202],
        },
        {
          path: "/event",
          body: event({ properties: named(4_000, (number) => `x${number}`) }),
          statuses: [202],
        },
        {
          path: "/events",
          body: JSON.stringify([named(250_000, (number) => `x${number}`)]),
          statuses: [413, 422],
        },
      ],
    ],
    [
      "a batch has two million empty events",
      [
        { path: "/events", body: `[${"{},".repeat(1_300_000)}{}]`, statuses: [413, 422] },
        {
          path: "/events",
          body: "{}\n".repeat(1_390_000),
          type: "application/x-ndjson",
          statuses: [413, 422],
        },
      ],
    ],
  ];
  for (const [what, bombs] of cases) {
    test(
      what,
      async () => {
        for (const bomb of bombs) await explode(bomb);
      },
      TIMEOUT_MS,
    );
  }
});

test("names of JavaScript's own change no other event", async () => {
  const hostile = sampleBody({ event_id: Bun.randomUUIDv7() });
  const text = JSON.stringify(hostile).replace(
    "{",
    '{"__proto__":{"site_id":"polluted","user_id":1},"constructor":{"prototype":{"path":1}},"properties":{"__proto__":{"a":1},"constructor":"x","toString":"y"},',
  );
  expect(await send({ path: "/event", body: text, statuses: [] })).toBe(202);
  const plain = await fetch(`${file.engine.url}/event`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  expect(plain.status).toBe(422);
  const { fields } = (await plain.json()) as { fields: Record<string, string> };
  expect(Object.keys(fields)).toEqual(expect.arrayContaining(["site_id", "path", "user_id"]));
});

test(
  "50,000 sites, paths and users are taken in bounded memory",
  async () => {
    const before = await seriesCount();
    await underLoad(async () => {
      for (let batch = 0; batch < 10; batch += 1) {
        const events = Array.from({ length: 5_000 }, (_, number) => {
          const name = `${batch}-${number}`;
          const event_id = Bun.randomUUIDv7();
          return sampleBody({ site_id: name, path: `/${name}`, user_id: name, event_id });
        });
        const body = events.map((one) => JSON.stringify(one)).join("\n");
        const type = "application/x-ndjson";
        expect(await send({ path: "/events", body, type, statuses: [] })).toBe(202);
      }
      const reads = Array.from({ length: 300 }, async (_, number) => {
        const { status } = await fetch(`${file.engine.url}/stats?site_id=none-${number}`);
        expect([200, 503]).toContain(status);
      });
      await Promise.all(reads);
    });
    expect(await seriesCount()).toBeLessThan(before + 50);
  },
  TIMEOUT_MS,
);

/** Returns the number of lines of `/metrics`. */
async function seriesCount(): Promise<number> {
  return (await (await fetch(`${file.engine.url}/metrics`)).text()).split("\n").length;
}
