import { expect, test } from "bun:test";
import { parseableUrl } from "../../src/server-address.ts";
import {
  closeRedisConnection,
  openRedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { RedisNode } from "../support/scale/redis-node.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";

const KEY = "events_stream";
const SLOT_LAST = 16_383;
/** Not the slot of the key. */
const OTHER_SLOT = 0;

/** Returns three nodes of which each knows only itself. */
async function startNodes(stack: AsyncDisposableStack) {
  const nodes = [0, 1, 2].map(() =>
    stack.use(new RedisNode(["cluster-enabled yes", `cluster-port ${testPort()}`])),
  );
  await Promise.all(nodes.map(async (node) => await node.start()));
  const [old, master, third] = nodes;
  if (old === undefined || master === undefined || third === undefined) throw new Error("No nodes");
  return { nodes, old, master, third };
}

test(
  "a connection leaves a master cut off from its cluster",
  async () => {
    await using stack = new AsyncDisposableStack();
    const { nodes, old, master, third } = await startNodes(stack);
    await old.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOT_LAST);
    await eventually(async () => await old.call("SET", KEY, "old"));
    const url = parseableUrl(`redis+cluster://${nodes.map(({ address }) => address).join(",")}`);
    const redis = openRedisConnection({ url, key: KEY, blockMs: 0 });
    stack.defer(async () => await closeRedisConnection(redis));
    await eventually(async () => expect(await redis.get(KEY)).toBe("old"));

    // The majority has another master for all slots, which the old one never hears of.
    const busPort = String(await master.call("CONFIG", "GET", "cluster-port")).split(",")[1] ?? "";
    await third.call("CLUSTER", "MEET", "127.0.0.1", master.port, busPort);
    await master.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOT_LAST);
    await eventually(async () => await master.call("SET", KEY, "new"));
    await eventually(async () => {
      expect(JSON.stringify(await third.call("CLUSTER", "SLOTS"))).toContain(String(master.port));
    });
    await old.call("CLUSTER", "DELSLOTS", OTHER_SLOT);
    await eventually(async () => {
      expect(String(await rejectionOf(old.call("GET", KEY)))).toContain("CLUSTERDOWN");
    });
    await eventually(async () => expect(await redis.get(KEY)).toBe("new"));
  },
  SERVERS_START_TIMEOUT_MS,
);
