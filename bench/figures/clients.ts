import { join } from "node:path";
import type { Bench } from "../bench.ts";
import { fillStream } from "../load/fill-stream.ts";
import { storedEvents } from "../load/stored-events.ts";
import { pinned } from "../machine/pin.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import { KEY } from "../start-engine.ts";
import { emptyStream, setAppendFsync } from "../stream-state.ts";

const CLIENTS = ["ioredis", "Bun.RedisClient"] as const;

interface Measured {
  readonly rate: number;
  readonly cpuUs: number;
}

/** ioredis against Bun's Redis client: appends by 64 senders of a producer, and reads of 5,000 entries. */
export async function clients(bench: Bench): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  const { redis } = servers;
  await servers.place(placement.thread);
  const findings: Finding[] = [];
  for (const work of ["always", "everysec", "read"] as const) {
    const isRead = work === "read";
    if (isRead) await fillStream(redis, KEY, storedEvents(2 * options.entries, "skewed"));
    else await setAppendFsync(redis, work);
    const what = isRead ? "read" : `append, appendfsync ${work}`;
    const results = await inTurn(options.pairs, CLIENTS, async (client) => {
      if (isRead) {
        await redis.xgroup("DESTROY", KEY.stream, KEY.group);
        await redis.xgroup("CREATE", KEY.stream, KEY.group, "0");
      } else await emptyStream(redis, KEY.stream);
      const amount = isRead ? options.entries : options.seconds;
      say(`${what}, ${client}`);
      return await measure(bench, [client, isRead ? "read" : "append", String(amount)]);
    });
    for (const name of CLIENTS.slice(1)) {
      const compared = (field: keyof Measured) => ({
        engine: results("ioredis").map((result) => result[field]),
        baseline: { name, values: results(name).map((result) => result[field]) },
      });
      findings.push({ what: `${what}, client's processor time`, unit: "µs", ...compared("cpuUs") });
      findings.push({ what, unit: "events/s", ...compared("rate") });
    }
  }
  await setAppendFsync(redis, "always");
  return findings;
}

/** Runs a client in its own process, on the core of the server under test. */
async function measure(
  { servers, placement }: Bench,
  [client, direction, amount]: readonly [string, string, string],
): Promise<Measured> {
  const script = join(import.meta.dir, "../load/redis-client.ts");
  const args = [client, servers.redisUrl, direction, amount];
  const command = pinned(placement.thread.server, [process.execPath, script, ...args]);
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "inherit"] });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`The ${client} client failed to ${direction}`);
  return JSON.parse(text);
}
