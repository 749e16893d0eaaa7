import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";
import { redisPid } from "../support/server-processes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const EVENTS_EACH = 200;
/** The API promises about a second; a machine that does much else may take longer. */
const ANSWER_MS_MAX = 4_000;

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let proxy: TcpProxy;
let engine: Engine;

beforeAll(async () => {
  const { redisUrl } = stack.use(await ownRedis());
  proxy = stack.use(openTcpProxy(redisUrl));
  servers = stack.use(await openEngineServers({ redisUrl }));
  const env = { ...servers.env, REDIS_URL: throughProxy(redisUrl, proxy), CLAIM_IDLE_MS: "1000" };
  engine = stack.use(await startEngine({ env }));
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** What the whole file has sent, since all of it is in one database. */
const accepted = new Set<string>();
const sent = new Set<string>();

/** A way for Redis not to take events. */
interface Fault {
  readonly begin: () => unknown;
  readonly end: () => unknown;
  /** What the answers say; `stream_unavailable` unless given. */
  readonly error?: string;
}

/** Under load: 503 within the promised time, with the id to send again under; 202 again afterwards. */
async function survive({ begin, end, error = "stream_unavailable" }: Fault): Promise<void> {
  await using load = startLoad({ url: () => engine.url, senders: 4 });
  await load.untilAccepted(EVENTS_EACH);
  const eventId = crypto.randomUUID();
  const body = sampleBody({ event_id: eventId });
  sent.add(eventId);
  await begin();
  try {
    // The first may still go through, as a request in flight does.
    await eventually(async () => {
      const startedAtMs = performance.now();
      const answer = await sendEvent(engine, body);
      expect(performance.now() - startedAtMs).toBeLessThan(ANSWER_MS_MAX);
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(answer.body).toEqual({
        error,
        message: expect.stringMatching(/^(Redis could not|Expected Redis to) /),
        retryable: true,
        event_id: eventId,
      });
    }, 30_000);
    const ready = await ask(engine, "/health/ready");
    expect(ready.status).toBe(503);
    expect(ready.body).toMatchObject({ error, retryable: true });
    expect((await ask(engine, "/health/live")).status).toBe(200);
  } finally {
    await end();
  }
  const again = await eventually(async () => {
    const answer = await sendEvent(engine, body);
    expect(answer.status).toBe(202);
    return answer;
  }, 30_000);
  expect(again.body["event_id"]).toBe(eventId);
  accepted.add(eventId);
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  expect(new Set(load.statuses.keys())).toEqual(new Set([202, 503]));
  for (const id of load.accepted) accepted.add(id);
  for (const id of load.sent) sent.add(id);
  expect((await ask(engine, "/health/ready")).status).toBe(200);
  await checkAllStored(servers, { accepted, sent });
}

describe("POST /event answers 503 and recovers by itself when", () => {
  test(
    "Redis refuses connections",
    async () => {
      await survive({
        begin: () => {
          proxy.mode = "refuse";
          proxy.cut();
        },
        end: () => {
          proxy.mode = "pass";
        },
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis is suspended and continued",
    async () => {
      const pid = await redisPid(servers.redis);
      await survive({
        begin: () => process.kill(pid, "SIGSTOP"),
        end: () => process.kill(pid, "SIGCONT"),
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis is killed and started again",
    async () => {
      const pid = await redisPid(servers.redis);
      await survive({
        begin: () => process.kill(pid, "SIGSTOP"),
        end: () => process.kill(pid, "SIGKILL"),
      });
    },
    TIMEOUT_MS,
  );

  test(
    "the connections to Redis die without a word",
    async () => {
      await survive({
        begin: () => {
          proxy.mode = "swallow all";
        },
        end: () => {
          proxy.mode = "pass";
        },
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis's answers are lost, that of an append included",
    async () => {
      await survive({
        begin: () => {
          proxy.mode = "swallow replies";
        },
        end: () => {
          proxy.mode = "pass";
          proxy.cut();
        },
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis is out of memory",
    async () => {
      await survive({
        begin: async () => await servers.redis.config("SET", "maxmemory", "1"),
        end: async () => await servers.redis.config("SET", "maxmemory", "0"),
        error: "stream_full",
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis may evict the stream",
    async () => {
      const setPolicy = async (policy: string) =>
        await servers.redis.config("SET", "maxmemory-policy", policy);
      await survive({
        begin: async () => await setPolicy("allkeys-lru"),
        end: async () => await setPolicy("noeviction"),
        error: "redis_evicts",
      });
    },
    TIMEOUT_MS,
  );

  test(
    "Redis is a read-only replica",
    async () => {
      await survive({
        begin: async () => await servers.redis.config("SET", "min-replicas-to-write", "1"),
        end: async () => await servers.redis.config("SET", "min-replicas-to-write", "0"),
      });
    },
    TIMEOUT_MS,
  );
});

test(
  "an outage is said once by each ingest thread, in Redis's own words, and so is its end",
  async () => {
    const before = new Set(engine.output.records);
    const said = (msg: string) =>
      engine.output.records.filter((record) => record.msg === msg && !before.has(record));
    await servers.redis.config("SET", "maxmemory", "1");
    for (let times = 1; times <= 30; times += 1) {
      expect((await sendEvent(engine, sampleBody())).status).toBe(503);
    }
    await servers.redis.config("SET", "maxmemory", "0");
    const began = said("Redis appends failed; events are refused with 503");
    const threads = new Set(began.map(({ thread }) => thread));
    expect(threads.size).toBeGreaterThan(0);
    expect(began).toHaveLength(threads.size);
    expect(began[0]).toMatchObject({ level: "warn", error: expect.stringContaining("OOM") });
    await eventually(async () => {
      const answer = await sendEvent(engine, sampleBody());
      const eventId = String(answer.body["event_id"]);
      sent.add(eventId);
      expect(answer.status).toBe(202);
      accepted.add(eventId);
      expect(said("Redis appends events again")).toHaveLength(threads.size);
    }, 30_000);
  },
  TIMEOUT_MS,
);

test(
  "an outage is said once by each consumer, and so is its end",
  async () => {
    const before = new Set(engine.output.records);
    const saidBy = (msg: string) =>
      engine.output.records
        .filter((record) => record.msg === msg && !before.has(record))
        .map(({ thread }) => thread)
        .toSorted();
    const readsRefused = async () => {
      const stats = await servers.redis.info("commandstats");
      return Number(/cmdstat_xreadgroup:.*rejected_calls=(\d+)/.exec(stats)?.[1]);
    };
    const refused = await readsRefused();
    await servers.redis.config("SET", "min-replicas-to-write", "1");
    await eventually(
      async () => expect(await readsRefused()).toBeGreaterThan(refused + 12),
      30_000,
    );
    await servers.redis.config("SET", "min-replicas-to-write", "0");
    const began = saidBy("Reading from the stream failed, retrying");
    expect(began.length).toBeGreaterThan(0);
    expect(began).toEqual([...new Set(began)]);
    await eventually(
      () => expect(saidBy("Reading from the stream works again")).toEqual(began),
      30_000,
    );
  },
  TIMEOUT_MS,
);

test(
  "POST /event does not notice that Redis has forgotten its scripts",
  async () => {
    await using load = startLoad({ url: () => engine.url, senders: 4 });
    for (let times = 1; times <= 3; times += 1) {
      await load.untilAccepted(EVENTS_EACH);
      await servers.redis.script("FLUSH");
    }
    await load.untilAccepted(EVENTS_EACH);
    await load.stop();
    expect([...load.statuses.keys()]).toEqual([202]);
    for (const id of load.accepted) accepted.add(id);
    for (const id of load.sent) sent.add(id);
    await checkAllStored(servers, { accepted, sent });
  },
  TIMEOUT_MS,
);

test("no thread died of an outage", async () => {
  const { records } = engine.output;
  expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
  const errors = records.filter(({ level }) => level === "error");
  // A policy that may evict the stream is for a person to change.
  expect(errors.filter((record) => record["maxmemory-policy"] === undefined)).toEqual([]);
});

test(
  "POST /event answers 503 when the stream is at its high-water mark, and 202 once it is below",
  async () => {
    await using own = await openEngineServers();
    const env = { ...own.env, STREAM_LENGTH_MAX: "3" };
    const ids = new Set<string>();
    {
      await using full = await startEngine({ env: { ...env, CONSUMER_WORKERS: "0" } });
      for (let number = 1; number <= 3; number += 1) {
        const { status, body } = await sendEvent(full, sampleBody({ event_id: undefined }));
        expect(status).toBe(202);
        ids.add(String(body["event_id"]));
      }
      const refused = await sendEvent(full, sampleBody());
      expect(refused.status).toBe(503);
      expect(refused.body).toMatchObject({ error: "stream_full", retryable: true });
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(await own.redis.xlen(own.key.stream)).toBe(3);
      const ready = await ask(full, "/health/ready");
      expect(ready.status).toBe(503);
      expect(ready.body).toMatchObject({ error: "stream_full", retryable: true });
      expect(ready.headers.get("retry-after")).toBe("1");
    }
    await using draining = await startEngine({ env: { ...env, CLAIM_IDLE_MS: "1000" } });
    await untilDrained(own);
    await eventually(async () => {
      expect((await ask(draining, "/health/ready")).status).toBe(200);
      expect((await sendEvent(draining, sampleBody())).status).toBe(202);
    }, 30_000);
    ids.add(sampleBody().event_id);
    await checkAllStored(own, { accepted: ids, sent: ids });
  },
  TIMEOUT_MS,
);

test(
  "the engine starts while Redis is away, answers 503, and serves once it is there",
  async () => {
    await using own = await openEngineServers();
    await using gone = openTcpProxy(own.env["REDIS_URL"] ?? "");
    gone.mode = "refuse";
    const env = { ...own.env, REDIS_URL: throughProxy(own.env["REDIS_URL"] ?? "", gone) };
    await using early = await startEngine({ env });
    expect((await sendEvent(early, sampleBody())).status).toBe(503);
    expect((await ask(early, "/health/ready")).status).toBe(503);
    gone.mode = "pass";
    await eventually(async () => {
      expect((await sendEvent(early, sampleBody())).status).toBe(202);
    }, 30_000);
    const ids = new Set([sampleBody().event_id]);
    await checkAllStored(own, { accepted: ids, sent: ids });
    gone.mode = "refuse";
    gone.cut();
    expect(await early.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
