import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { BATCH_EVENTS_MAX } from "../../src/event/limits.ts";
import { type Answer, ask } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { redisPid } from "../support/server-processes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
/** Batches of several flushes. */
const BATCH_EVENTS = 3_000;
const SENDERS = 3;
/** For a slow, busy machine, which has a full stream to store first. */
const ACCEPTED_MS_MAX = 90_000;
const KILLS = 3;
const STREAM_LENGTH_MAX = 20_000;
/** Leaves room for a flush of a batch, and not for all. */
const BEFORE_FULL = STREAM_LENGTH_MAX - 1_000;

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let postgres: TcpProxy;
let engine: Engine;

beforeAll(async () => {
  const { redisUrl } = stack.use(await ownRedis());
  servers = stack.use(await openEngineServers({ redisUrl }));
  postgres = stack.use(openTcpProxy(servers.env["DATABASE_URL"] ?? ""));
  const env = {
    ...servers.env,
    DATABASE_URL: throughProxy(servers.env["DATABASE_URL"] ?? "", postgres),
    INGEST_WORKERS: "1",
    CONSUMER_WORKERS: "1",
    CLAIM_IDLE_MS: "1000",
    STREAM_LENGTH_MAX: String(STREAM_LENGTH_MAX),
    WAIT_TIMEOUT_MS: "2000",
  };
  engine = stack.use(await startEngine({ env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

type Events = readonly Readonly<Record<string, unknown>>[];

/** Events without an id, of which the first two are equal. */
function visits(siteId: string, count: number): Events {
  return Array.from({ length: count }, (_, i) =>
    sampleBody({ event_id: undefined, site_id: siteId, path: `/${Math.max(i, 1)}` }),
  );
}

async function post(events: Events, key: string, query = ""): Promise<Answer> {
  return await ask(engine, `/events${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(events),
  });
}

const idsIn = ({ body }: Answer) => (body["event_ids"] as string[]).toSorted();

async function storedIds(siteId: string): Promise<readonly string[]> {
  await untilDrained(servers);
  await checkInvariants(servers.sql);
  const rows = await servers.sql`SELECT event_id FROM events WHERE site_id = ${siteId}`;
  return rows.map((row) => String(row["event_id"])).toSorted();
}

/** Sends a batch until it is accepted, after a 503 in part and in the opposite order. Returns its ids and the number of 503s. */
async function sendUntilAccepted(events: Events, key: string) {
  let unknown = 0;
  const ids = await eventually(async () => {
    const order = unknown % 2 === 0 ? events : events.toReversed();
    const answer = await post(order, key);
    if (answer.status === 503) {
      unknown += 1;
      expect(answer.body).toMatchObject({ retryable: true });
      expect(new Set(idsIn(answer)).size).toBe(events.length);
      await post(events.slice(1, events.length / 2), key);
    }
    expect(answer).toMatchObject({ status: 202, body: { accepted: events.length, refused: 0 } });
    return idsIn(answer);
  }, ACCEPTED_MS_MAX);
  return { ids, unknown };
}

describe("batches under an idempotency key count once when", () => {
  test(
    "Redis is killed in the middle of them",
    async () => {
      const siteId = "killed";
      const stopping = new AbortController();
      const sent: string[] = [];
      let unknown = 0;
      const keepSending = async (sender: number) => {
        for (let number = 0; !stopping.signal.aborted; number += 1) {
          const key = `${sender}-${number}`;
          const sending = await sendUntilAccepted(visits(siteId, BATCH_EVENTS), key);
          sent.push(...sending.ids);
          unknown += sending.unknown;
        }
      };
      const senders = Promise.all(Array.from({ length: SENDERS }, (_, i) => keepSending(i)));
      for (let kills = 1; kills <= KILLS; kills += 1) {
        const before = sent.length;
        await eventually(() => expect(sent.length).toBeGreaterThan(before));
        // The connection of the test is lost too.
        await eventually(async () => process.kill(await redisPid(servers.redis), "SIGKILL"));
      }
      await eventually(() => expect(unknown).toBeGreaterThan(0));
      stopping.abort();
      await senders;
      expect(await storedIds(siteId)).toEqual(sent.toSorted());
    },
    TIMEOUT_MS,
  );

  test(
    "the stream has no room for all of one",
    async () => {
      const { redis, key, sql } = servers;
      const siteId = "full";
      const events = visits(siteId, BATCH_EVENTS);
      await untilDrained(servers);
      await redis.xtrim(key.stream, "MAXLEN", 0);
      const refused = await sql.begin(async (tx) => {
        await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
        for (let left = BEFORE_FULL; left > 0; left -= BATCH_EVENTS_MAX) {
          const filler = visits("filler", Math.min(left, BATCH_EVENTS_MAX));
          expect(await post(filler, String(left))).toMatchObject({ status: 202 });
        }
        const answer = await post(events, "full");
        expect(answer).toMatchObject({
          status: 503,
          body: { error: "stream_full", retryable: true },
        });
        expect(await redis.xlen(key.stream)).toBe(BEFORE_FULL);
        return answer;
      });
      const { ids } = await sendUntilAccepted(events, "full");
      expect(ids).toEqual(idsIn(refused));
      expect(await storedIds(siteId)).toEqual(ids);
    },
    TIMEOUT_MS,
  );

  test(
    "PostgreSQL is away and the request waits",
    async () => {
      const siteId = "away";
      const events = visits(siteId, BATCH_EVENTS);
      postgres.mode = "refuse";
      postgres.cut();
      const away = await post(events, "away", "?wait=true");
      expect(away).toMatchObject({ status: 202, body: { accepted: BATCH_EVENTS } });
      expect(away.body).not.toHaveProperty("status");
      postgres.mode = "pass";
      await untilDrained(servers);
      const stored = await post(events.toReversed(), "away", "?wait=true");
      expect(stored).toMatchObject({
        status: 200,
        body: { status: "stored", accepted: BATCH_EVENTS, dead_letters: [] },
      });
      expect(idsIn(stored)).toEqual(idsIn(away));
      expect(await storedIds(siteId)).toEqual(idsIn(away));
    },
    TIMEOUT_MS,
  );
});

test(
  "wait=true never confirms entries that were lost",
  async () => {
    const { redis, key, sql } = servers;
    await untilDrained(servers);
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
      const asking = post(visits("lost", 10), "lost", "?wait=true");
      await eventually(async () => expect(await pendingOf(redis, key)).toBe(10));
      const pending = await redis.xpending(key.stream, key.group, "-", "+", 10);
      const ids = (pending as [id: string][]).map(([id]) => id);
      await redis.xdel(key.stream, ...ids);
      await redis.xack(key.stream, key.group, ...ids);
      const answer = await asking;
      expect(answer).toMatchObject({ status: 202, body: { accepted: 10 } });
      expect(answer.body).not.toHaveProperty("status");
    });
  },
  TIMEOUT_MS,
);
