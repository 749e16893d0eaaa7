import { expect, test } from "bun:test";
import { spawnEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const CLAIM_IDLE_MS = 1_000;
const ENTRIES = 5;

test(
  "entries of a consumer that is gone are stored when the answer to their claim is lost",
  async () => {
    await using servers = await openEngineServers();
    const { redis, key } = servers;
    await redis.xgroup("CREATE", key.stream, key.group, "0", "MKSTREAM");
    await appendEntries(redis, key.stream, ENTRIES);
    await redis.xreadgroup("GROUP", key.group, "gone", "STREAMS", key.stream, ">");
    await eventually(async () => {
      const idle = await redis.xpending(key.stream, key.group, "IDLE", CLAIM_IDLE_MS, "-", "+", 10);
      expect(idle).toHaveLength(ENTRIES);
    });
    await using proxy = openTcpProxy(servers.env["REDIS_URL"] ?? "");
    const sprung = proxy.trap({ text: "xautoclaim", on: "reply to it: cut" });
    const env = {
      ...servers.env,
      REDIS_URL: throughProxy(servers.env["REDIS_URL"] ?? "", proxy),
      CLAIM_IDLE_MS: String(CLAIM_IDLE_MS),
    };
    await using engine = spawnEngine({ env });
    await sprung;
    // The claim made them the reclaimer's, which does not know of them.
    const rows = await redis.xpending(key.stream, key.group, "-", "+", 10);
    expect(rows.map((row) => String((row as unknown[])[1]))).toEqual(
      Array.from({ length: ENTRIES }, () => expect.stringMatching(/\/reclaimer$/)),
    );
    const sent = await eventIdsIn(redis.xrange(key.stream, "-", "+"));
    await engine.running;
    await checkAllStored(servers, { accepted: sent, sent });
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

async function eventIdsIn(range: Promise<[string, string[]][]>): Promise<ReadonlySet<string>> {
  const entries = await range;
  return new Set(entries.map(([, fields]) => fields[fields.indexOf("event_id") + 1] ?? ""));
}
