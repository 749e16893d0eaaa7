import { describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { type Engine, spawnEngine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { openTcpProxy, type ProxyTrap, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const CLAIM_IDLE_MS = 1_000;
/** Only the request that appends the event contains this. */
const PATH = "/the-one-whose-reply-is-lost";

/** Servers with a proxy before one of them. */
interface Fixture extends AsyncDisposable {
  readonly servers: EngineServers;
  readonly proxy: TcpProxy;
  /** The reclaimer takes nothing over unless told to, so that consumers have to recover. */
  readonly env: Readonly<Record<string, string>>;
}

async function openFixture(proxied: "REDIS_URL" | "DATABASE_URL" = "REDIS_URL"): Promise<Fixture> {
  const stack = new AsyncDisposableStack();
  const servers = stack.use(await openEngineServers());
  const url = servers.env[proxied] ?? "";
  const proxy = stack.use(openTcpProxy(url));
  const own = { INGEST_WORKERS: "1", CLAIM_IDLE_MS: "3600000", LOG_LEVEL: "debug" };
  return {
    servers,
    proxy,
    env: { ...servers.env, ...own, [proxied]: throughProxy(url, proxy) },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}

async function accepted(engine: Engine): Promise<string> {
  const eventId = crypto.randomUUID();
  expect((await sendEvent(engine, sampleBody({ event_id: eventId }))).status).toBe(202);
  return eventId;
}

/** Sends an event until it is accepted, as a client does after a 503. */
async function repeat(engine: Engine, eventId: string): Promise<void> {
  await eventually(async () => {
    const { status, body } = await sendEvent(engine, sampleBody({ path: PATH, event_id: eventId }));
    expect({ status, eventId: body["event_id"] }).toEqual({ status: 202, eventId });
  });
}

/** The stored events and the duplicates of each batch. */
function outcomes({ output }: Engine): readonly unknown[] {
  const committed = output.records.filter(({ msg }) => msg === "Transaction committed");
  return committed.map(({ stored, duplicates }) => [stored, duplicates]);
}

describe("an event counts once when", () => {
  const faults: readonly [
    string,
    "REDIS_URL" | "DATABASE_URL",
    ProxyTrap,
    readonly (readonly [stored: number, duplicates: number])[],
  ][] = [
    [
      "the connection is lost before XACK",
      "REDIS_URL",
      { text: "xack", on: "request: cut" },
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
    ],
    [
      "the reply to XACK is lost",
      "REDIS_URL",
      { text: "xack", on: "reply to it: cut" },
      [
        [1, 0],
        [1, 0],
      ],
    ],
    [
      "the reply to COMMIT is lost",
      "DATABASE_URL",
      // A thread that finds all migrations applied by another commits, too.
      { text: "COMMIT", on: "reply: cut", after: "COPY events" },
      [
        [0, 1],
        [1, 0],
      ],
    ],
  ];
  test.each([...faults])(
    "%s",
    async (_, proxied, trap, expected) => {
      await using fixture = await openFixture(proxied);
      const { servers, proxy, env } = fixture;
      await using engine = await startEngine({ env });
      await untilMigrated(engine);
      const sprung = proxy.trap(trap);
      const first = await accepted(engine);
      await sprung;
      await untilDrained(servers);
      // The consumer goes on.
      const ids = new Set([first, await accepted(engine)]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      await eventually(() => expect(outcomes(engine)).toEqual([...expected]));
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "the engine is killed before XACK, and another takes over",
    async () => {
      await using fixture = await openFixture();
      const { servers, proxy, env } = fixture;
      await using killed = await startEngine({ env });
      const sprung = proxy.trap({ text: "xack", on: "request: hold" });
      const ids = new Set([await accepted(killed)]);
      await sprung;
      await killed.kill();
      await using next = await startEngine({ env: { ...env, CLAIM_IDLE_MS: `${CLAIM_IDLE_MS}` } });
      await checkAllStored(servers, { accepted: ids, sent: ids });
      await next.output.record("Took over entries left unacknowledged");
      await eventually(() => expect(outcomes(next)).toEqual([[0, 1]]));
      expect(await next.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["after Redis appended it", "reply to it: cut", 1],
    ["before Redis got it", "request: cut", 0],
  ] as const)(
    "it is sent again since its connection was lost %s",
    async (_, on, appended) => {
      await using fixture = await openFixture();
      const { servers, proxy, env } = fixture;
      await using engine = await startEngine({ env });
      // The first append loads the script, and takes two requests.
      const ids = new Set([await accepted(engine)]);
      const { redis, key } = servers;
      for (const given of [crypto.randomUUID() as string, undefined]) {
        const before = await redis.xlen(key.stream);
        const sprung = proxy.trap({ text: PATH, on });
        const { status, body } = await sendEvent(
          engine,
          sampleBody({ path: PATH, event_id: given }),
        );
        await sprung;
        expect(status).toBe(503);
        expect(body).toMatchObject({ error: "stream_unavailable", retryable: true });
        const eventId = String(body["event_id"]);
        expect(eventId).toBe(given ?? eventId);
        expect(await redis.xlen(key.stream)).toBe(before + appended);
        await repeat(engine, eventId);
        ids.add(eventId);
      }
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "it is sent again after a kill before the response",
    async () => {
      await using fixture = await openFixture();
      const { servers, proxy, env } = fixture;
      const eventId = crypto.randomUUID();
      await using killed = await startEngine({ env });
      const sprung = proxy.trap({ text: PATH, on: "request: hold" });
      const answer = rejectionOf(sendEvent(killed, sampleBody({ path: PATH, event_id: eventId })));
      await sprung;
      await killed.kill();
      await answer;
      await using next = await startEngine({ env });
      await repeat(next, eventId);
      const ids = new Set([eventId]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await next.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

test(
  "a failed consumer's entries survive a lost claim reply",
  async () => {
    await using fixture = await openFixture();
    const { servers, proxy, env } = fixture;
    const { redis, key } = servers;
    await redis.xgroup("CREATE", key.stream, key.group, "0", "MKSTREAM");
    await appendEntries(redis, key.stream, 5);
    await redis.xreadgroup("GROUP", key.group, "dead", "STREAMS", key.stream, ">");
    await eventually(async () => {
      const idle = await redis.xpending(key.stream, key.group, "IDLE", CLAIM_IDLE_MS, "-", "+", 10);
      expect(idle).toHaveLength(5);
    });
    const sprung = proxy.trap({ text: "xautoclaim", on: "reply to it: cut" });
    await using engine = spawnEngine({ env: { ...env, CLAIM_IDLE_MS: `${CLAIM_IDLE_MS}` } });
    await sprung;
    // The claim made them the reclaimer's, which does not know it.
    const rows = await redis.xpending(key.stream, key.group, "-", "+", 10);
    expect(rows.map((row) => String((row as unknown[])[1]))).toEqual(
      Array.from({ length: 5 }, () => expect.stringMatching(/\/reclaimer$/)),
    );
    const entries = await redis.xrange(key.stream, "-", "+");
    const sent = new Set(entries.map(([, fields]) => fields[fields.indexOf("event_id") + 1] ?? ""));
    await engine.running;
    await checkAllStored(servers, { accepted: sent, sent });
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
