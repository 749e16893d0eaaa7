import { describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
/** No reclaimer comes to help: what a test shows, the consumer has done. */
const NEVER_MS = "3600000";

/** An engine on servers of its own, with a proxy before Redis. */
async function startBehindProxy(
  servers: EngineServers,
  proxy: TcpProxy,
  claimIdleMs: string,
): Promise<Engine> {
  const REDIS_URL = throughProxy(servers.env["REDIS_URL"] ?? "", proxy);
  const env = { ...servers.env, REDIS_URL, CLAIM_IDLE_MS: claimIdleMs, LOG_LEVEL: "debug" };
  return await startEngine({ env });
}

async function sendOne(engine: Engine): Promise<ReadonlySet<string>> {
  const eventId = crypto.randomUUID();
  expect((await sendEvent(engine, sampleBody({ event_id: eventId }))).status).toBe(202);
  return new Set([eventId]);
}

/** What the batches of an engine came to. */
function outcomes({ output }: Engine): readonly unknown[] {
  const committed = output.records.filter(({ msg }) => msg === "Transaction committed");
  return committed.map(({ stored, duplicates }) => ({ stored, duplicates }));
}

describe("an event counts once when, after its COMMIT,", () => {
  test(
    "the connection is lost before XACK: the consumer finds it in its own pending list",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
      await using engine = await startBehindProxy(servers, proxy, NEVER_MS);
      const sprung = proxy.trap({ text: "xack", on: "request: cut" });
      const ids = await sendOne(engine);
      await sprung;
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(outcomes(engine)).toEqual([
        { stored: 1, duplicates: 0 },
        { stored: 0, duplicates: 1 },
      ]);
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "the answer to XACK is lost: nothing is left pending, and the consumer goes on",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
      await using engine = await startBehindProxy(servers, proxy, NEVER_MS);
      const sprung = proxy.trap({ text: "xack", on: "reply to it: cut" });
      const first = await sendOne(engine);
      await sprung;
      await untilDrained(servers);
      const ids = first.union(await sendOne(engine));
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(outcomes(engine)).toEqual([
        { stored: 1, duplicates: 0 },
        { stored: 1, duplicates: 0 },
      ]);
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "the engine is killed before XACK: another takes the entry over",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
      await using killed = await startBehindProxy(servers, proxy, NEVER_MS);
      const sprung = proxy.trap({ text: "xack", on: "request: hold" });
      const ids = await sendOne(killed);
      await sprung;
      await killed.kill();
      await using next = await startBehindProxy(servers, proxy, "1000");
      await checkAllStored(servers, { accepted: ids, sent: ids });
      await next.output.record("Took over entries left unacknowledged");
      expect(outcomes(next)).toEqual([{ stored: 0, duplicates: 1 }]);
      expect(await next.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});
