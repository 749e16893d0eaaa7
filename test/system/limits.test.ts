import { describe, expect, test } from "bun:test";
import { type Answer, ask } from "../support/api-client.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sendOverOneConnection } from "../support/one-connection.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const THREADS = 4;
/** Of events and of requests; a second gives one more of each. */
const BURST = 100;
const ORIGIN = "https://shop.example";

const limited = useEngine({
  INGEST_WORKERS: String(THREADS),
  ADDRESS_EVENTS_PER_SECOND: "1",
  ADDRESS_REQUESTS_PER_SECOND: "1",
  ADDRESS_BURST_SECONDS: String(BURST),
  TRUSTED_PROXIES: "127.0.0.1",
});

let clients = 0;
/** Returns an address that no other test sends from. */
function newAddress(): string {
  clients += 1;
  return `192.0.2.${clients}`;
}

interface Sent {
  readonly from: string;
  readonly path?: string;
  readonly body?: string;
  readonly key?: string;
  /** Whether to use a connection of its own. */
  readonly isAlone?: boolean;
}

async function send({ from, path = "/events", body, key, isAlone = false }: Sent): Promise<Answer> {
  const headers = {
    "X-Forwarded-For": from,
    "Content-Type": "application/json",
    Origin: ORIGIN,
    ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
  };
  const { url } = limited.engine;
  if (body === undefined) return await ask({ url }, path, { headers, keepalive: !isAlone });
  return await ask({ url }, path, { method: "POST", headers, body, keepalive: !isAlone });
}

function batchOf(events: number): string {
  return JSON.stringify(
    Array.from({ length: events }, () => sampleBody({ event_id: Bun.randomUUIDv7() })),
  );
}

/** Sends single events, `parallel` at a time, and returns how many were accepted. */
async function acceptedOf(count: number, parallel: number, sent: Sent): Promise<number> {
  let accepted = 0;
  let left = count;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      const { status } = await send({ ...sent, body: batchOf(1) });
      expect([202, 429]).toContain(status);
      if (status === 202) accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, sender));
  return accepted;
}

/** Returns the result, and how many units a bucket gained meanwhile at most. */
async function withGain<Result>(act: () => Promise<Result>): Promise<readonly [Result, number]> {
  const startedAtMs = performance.now();
  const result = await act();
  return [result, (performance.now() - startedAtMs) / 1_000];
}

describe("a client of four threads", () => {
  test(
    "gets its whole burst over one connection, and no more",
    async () => {
      const from = newAddress();
      const body = JSON.stringify(sampleBody());
      const request = `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Forwarded-For: ${from}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const { port } = limited.engine;
      const [statuses, gain] = await withGain(() =>
        sendOverOneConnection(port, { request, times: BURST + 50 }),
      );
      expect(statuses).toHaveLength(BURST + 50);
      const accepted = statuses.filter((status) => status === 202).length;
      expect(accepted).toBeWithin(BURST, BURST + gain + 1);
    },
    TIMEOUT_MS,
  );

  test(
    "gets at most one burst a thread, then nothing until it is paid back",
    async () => {
      const from = newAddress();
      const sent = { from, isAlone: true };
      const [accepted, gain] = await withGain(() => acceptedOf(1_500, 16, sent));
      expect(accepted).toBeWithin(BURST, THREADS * (BURST + 1) + gain + 1);
      // More than one thread has served it.
      expect(accepted).toBeGreaterThan(BURST + gain + 1);
      await eventually(async () => expect(await acceptedOf(40, 8, sent)).toBe(0));
    },
    TIMEOUT_MS,
  );

  test("shares its limit with its /64", async () => {
    const of = (host: number) => `2001:db8:0:1::${host}`;
    expect(await send({ from: of(1), body: batchOf(BURST) })).toMatchObject({ status: 202 });
    await eventually(async () => {
      const { status } = await send({ from: of(2), body: batchOf(20), isAlone: true });
      expect(status).toBe(429);
    });
    const other = await send({ from: "2001:db8:0:2::1", body: batchOf(BURST) });
    expect(other).toMatchObject({ status: 202 });
  });
});

describe("a refused request", () => {
  test("says how long to wait, and names its events", async () => {
    const from = newAddress();
    const { headers, body } = await eventually(async () => {
      const answer = await send({ from, body: batchOf(50) });
      expect(answer.status).toBe(429);
      return answer;
    });
    // Between half a burst for one thread and a burst for each.
    expect(Number(headers.get("retry-after"))).toBeWithin(1, THREADS * BURST);
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(body).toMatchObject({ error: "rate_limited", retryable: true });
    expect(body["event_ids"]).toHaveLength(50);
  });

  test("names the burst when the batch is larger", async () => {
    const { status, headers, body } = await send({ from: newAddress(), body: batchOf(BURST + 1) });
    expect(status).toBe(413);
    expect(headers.get("retry-after")).toBeNull();
    expect(body).toMatchObject({
      error: "batch_over_limit",
      message: `Expected at most ${BURST} events in one request, the burst of this address, got ${BURST + 1}`,
      retryable: false,
    });
  });

  test("was not read when there were too many requests", async () => {
    const from = newAddress();
    const bodies = Array.from({ length: THREADS * (BURST + 1) }, () => send({ from, body: "{" }));
    for (const { status } of await Promise.all(bodies)) expect([400, 429]).toContain(status);
    await eventually(async () => {
      expect(await send({ from, body: "{" })).toMatchObject({ status: 429 });
      expect(await send({ from, path: "/stats?site_id=a" })).toMatchObject({ status: 429 });
    });
    expect(await send({ from, path: "/health/live" })).toMatchObject({ status: 200 });
    expect(await send({ from: newAddress(), path: "/stats?site_id=a" })).toMatchObject({
      status: 200,
    });
  });

  test("counts when its key was a guess", async () => {
    const from = newAddress();
    const guess = async () => await send({ from, key: "qf_w_guess", body: batchOf(1) });
    const guesses = Array.from({ length: THREADS * (BURST + 1) }, guess);
    for (const { status } of await Promise.all(guesses)) expect([401, 429]).toContain(status);
    await eventually(async () => expect(await guess()).toMatchObject({ status: 429 }));
  });
});
