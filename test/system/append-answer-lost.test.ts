import { describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
/** Stands in the request that appends the event, and in no other. */
const PATH = "/the-one-whose-answer-is-lost";

async function startBehindProxy(servers: EngineServers, proxy: TcpProxy): Promise<Engine> {
  const REDIS_URL = throughProxy(servers.env["REDIS_URL"] ?? "", proxy);
  return await startEngine({ env: { ...servers.env, REDIS_URL, INGEST_WORKERS: "1" } });
}

/** Sends until it is accepted, as a client does after a 503; answers the id. */
async function repeat(engine: Engine, eventId: string): Promise<void> {
  await eventually(async () => {
    const { status, body } = await sendEvent(engine, sampleBody({ path: PATH, event_id: eventId }));
    expect(status).toBe(202);
    expect(body["event_id"]).toBe(eventId);
  });
}

describe("an event counts once when it is sent again because", () => {
  for (const [on, became] of [
    ["reply to it: cut", "it was appended and Redis's answer was lost"],
    ["request: cut", "the connection was lost before Redis had it"],
  ] as const) {
    for (const event_id of [crypto.randomUUID() as string, undefined]) {
      test(
        `${became}; ${event_id === undefined ? "the 503 tells its id" : "the client gave its id"}`,
        async () => {
          await using servers = await openEngineServers();
          await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
          await using engine = await startBehindProxy(servers, proxy);
          // The first append meets a Redis that does not know the script yet, and takes two requests.
          const warmUp = sampleBody();
          expect((await sendEvent(engine, warmUp)).status).toBe(202);
          const sprung = proxy.trap({ text: PATH, on });
          const answer = await sendEvent(engine, sampleBody({ path: PATH, event_id }));
          await sprung;
          expect(answer.status).toBe(503);
          expect(answer.body).toMatchObject({ error: "stream_unavailable", retryable: true });
          const eventId = String(answer.body["event_id"]);
          expect(eventId).toBe(event_id ?? eventId);
          // The unknown outcome, looked at from behind: both are allowed, and each is made certain here.
          const known = await servers.redis.xrange(servers.key.stream, "-", "+");
          expect(known).toHaveLength(on === "request: cut" ? 1 : 2);
          const ids = new Set([warmUp.event_id, eventId]);
          await repeat(engine, eventId);
          await checkAllStored(servers, { accepted: ids, sent: ids });
          expect(await engine.stop()).toBe(0);
        },
        TIMEOUT_MS,
      );
    }
  }

  test(
    "the engine was killed before it could answer",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
      const eventId = crypto.randomUUID();
      {
        await using engine = await startBehindProxy(servers, proxy);
        const sprung = proxy.trap({ text: PATH, on: "request: hold" });
        const body = sampleBody({ path: PATH, event_id: eventId });
        const answer = rejectionOf(sendEvent(engine, body));
        await sprung;
        await engine.kill();
        await answer;
      }
      await using next = await startBehindProxy(servers, proxy);
      await repeat(next, eventId);
      const ids = new Set([eventId]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await next.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});
