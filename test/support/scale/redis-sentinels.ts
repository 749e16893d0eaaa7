import { parseableUrl } from "../../../src/server-address.ts";
import { eventually } from "../eventually.ts";
import { RedisNode } from "./redis-node.ts";

export const MASTER = "mymaster";
const SENTINELS = 3;
const QUORUM = 2;

/** A master with two replicas, and three sentinels that watch them. `await using` kills all. */
export interface SentinelServers extends AsyncDisposable {
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** Returns the server that the sentinels name. */
  master(): Promise<RedisNode>;
  /** Resolves when the sentinels name another server than this. */
  untilReplaced(old: RedisNode): Promise<RedisNode>;
  /** Resolves when the master has two replicas in step. */
  untilWhole(): Promise<void>;
  /** Has the sentinels replace a master that works. */
  failOver(): Promise<void>;
}

export async function startSentinels(): Promise<SentinelServers> {
  const stack = new AsyncDisposableStack();
  const first = stack.use(new RedisNode());
  const replicas = [0, 1].map(() =>
    stack.use(new RedisNode([`replicaof 127.0.0.1 ${first.port}`, "repl-diskless-sync-delay 0"])),
  );
  const nodes = [first, ...replicas];
  await Promise.all(nodes.map(async (node) => await node.start()));
  const sentinels = Array.from({ length: SENTINELS }, () =>
    stack.use(
      new RedisNode(
        [
          `sentinel monitor ${MASTER} 127.0.0.1 ${first.port} ${QUORUM}`,
          `sentinel down-after-milliseconds ${MASTER} 1000`,
          `sentinel failover-timeout ${MASTER} 5000`,
        ],
        { isSentinel: true },
      ),
    ),
  );
  await Promise.all(sentinels.map(async (sentinel) => await sentinel.start()));

  async function fields(): Promise<readonly Map<string, string>[]> {
    return await Promise.all(
      sentinels.map(async (sentinel) => {
        const flat = (await sentinel.call("SENTINEL", "MASTER", MASTER)) as string[];
        return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ""]] : [])));
      }),
    );
  }
  async function master(): Promise<RedisNode> {
    return await eventually(async () => {
      const ports = new Set((await fields()).map((each) => Number(each.get("port"))));
      const node = nodes.find(({ port }) => ports.has(port));
      if (ports.size !== 1 || node === undefined) throw new Error("the sentinels differ");
      return node;
    });
  }
  async function untilWhole(): Promise<void> {
    const current = await master();
    await eventually(async () => {
      const info = String(await current.call("INFO", "replication"));
      if ((info.match(/state=online/g) ?? []).length < 2) throw new Error(info);
      for (const each of await fields()) {
        const known = [each.get("num-slaves"), each.get("num-other-sentinels"), each.get("flags")];
        if (known.join() !== `2,${SENTINELS - 1},master`) throw new Error(known.join());
      }
    }, 60_000);
  }
  await untilWhole();
  return {
    url: parseableUrl(
      `redis+sentinel://${sentinels.map(({ address }) => address).join(",")}/${MASTER}`,
    ),
    nodes,
    master,
    untilWhole,
    async untilReplaced(old) {
      return await eventually(async () => {
        const current = await master();
        if (current === old) throw new Error("the old master is still named");
        return current;
      }, 60_000);
    },
    async failOver() {
      await eventually(async () => {
        await sentinels[0]?.call("SENTINEL", "FAILOVER", MASTER);
      }, 60_000);
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}
