import { parseableUrl } from "../../../src/server-address.ts";
import { eventually } from "../eventually.ts";
import { testPort } from "../test-port.ts";
import { RedisNode } from "./redis-node.ts";

const MASTERS = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_500;
const START_MS_MAX = 60_000;

/** Three masters with a replica each. `await using` kills all. */
export interface RedisCluster extends AsyncDisposable {
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** Returns the node that most nodes take for the master of a key. */
  masterOf(key: string): Promise<RedisNode>;
  /** Resolves when another node than this is the master of a key. */
  untilReplaced(key: string, old: RedisNode): Promise<RedisNode>;
  /** Resolves when every slot is served and every master has a replica in step. */
  untilWhole(): Promise<void>;
  /** Has the replica of a master take its place, as planned. */
  failOver(master: RedisNode): Promise<void>;
  /** Moves the slot of a key, and what is in it, to another master. `between` runs when the keys have moved and the slot has not. */
  moveSlot(key: string, between: () => Promise<void>): Promise<void>;
  /** Sets whether all slots are refused when one is not served. */
  requireFullCoverage(isRequired: boolean): Promise<void>;
}

export async function startCluster(): Promise<RedisCluster> {
  const stack = new AsyncDisposableStack();
  const nodes = Array.from({ length: 2 * MASTERS }, () =>
    stack.use(
      new RedisNode([
        "cluster-enabled yes",
        `cluster-port ${testPort()}`,
        `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
        "cluster-require-full-coverage no",
        "cluster-allow-replica-migration no",
        "repl-diskless-sync-delay 0",
      ]),
    ),
  );
  await Promise.all(nodes.map(async (node) => await node.start()));
  const [first] = nodes;
  if (first === undefined) throw new Error("No nodes");
  for (const node of nodes) {
    const busPort = String(await node.call("CONFIG", "GET", "cluster-port")).split(",")[1] ?? "";
    await first.call("CLUSTER", "MEET", "127.0.0.1", node.port, busPort);
  }
  const ids = await Promise.all(
    nodes.map(async (node) => String(await node.call("CLUSTER", "MYID"))),
  );
  for (const [i, node] of nodes.slice(0, MASTERS).entries()) {
    const from = Math.ceil((i * SLOTS) / MASTERS);
    const to = Math.ceil(((i + 1) * SLOTS) / MASTERS) - 1;
    await node.call("CLUSTER", "ADDSLOTSRANGE", from, to);
  }
  for (const [i, node] of nodes.slice(MASTERS).entries()) {
    // It must have heard of its master first.
    await eventually(async () => {
      await node.call("CLUSTER", "REPLICATE", ids[i] ?? "");
    }, START_MS_MAX);
  }

  async function masterOf(key: string): Promise<RedisNode> {
    const slot = Number(await askAny("CLUSTER", "KEYSLOT", key));
    const ports = await Promise.all(nodes.map(async (node) => await portOf(node, slot)));
    const known = ports.filter((port) => port !== undefined);
    const port = known.find(
      (each) => known.filter((other) => other === each).length > nodes.length / 2,
    );
    const master = nodes.find((node) => node.port === port);
    if (master === undefined) throw new Error(`The nodes differ: ${ports.join()}`);
    return master;
  }
  async function askAny(command: string, ...args: string[]): Promise<unknown> {
    return await Promise.any(nodes.map(async (node) => await node.call(command, ...args)));
  }
  async function untilWhole(): Promise<void> {
    await eventually(async () => {
      for (const node of nodes) {
        const info = String(await node.call("CLUSTER", "INFO"));
        const replication = String(await node.call("INFO", "replication"));
        const isInStep = /state=online|master_link_status:up/.test(replication);
        if (/cluster_state:ok/.test(info) && /cluster_known_nodes:6/.test(info) && isInStep)
          continue;
        throw new Error(`${node.address}: ${info}${replication}`);
      }
    }, START_MS_MAX);
  }
  await untilWhole();
  return {
    url: parseableUrl(`redis+cluster://${nodes.map(({ address }) => address).join(",")}`),
    nodes,
    masterOf: async (key) => await eventually(async () => await masterOf(key)),
    untilWhole,
    async untilReplaced(key, old) {
      return await eventually(async () => {
        const master = await masterOf(key);
        if (master === old) throw new Error("The old master is still named");
        return master;
      }, START_MS_MAX);
    },
    async failOver(master) {
      const id = String(await master.call("CLUSTER", "MYID"));
      const replica = await replicaOf(nodes, id);
      await replica.call("CLUSTER", "FAILOVER");
    },
    async moveSlot(key, between) {
      const slot = Number(await askAny("CLUSTER", "KEYSLOT", key));
      const source = await masterOf(key);
      const target = await otherMaster(nodes, source);
      const [sourceId, targetId] = [
        String(await source.call("CLUSTER", "MYID")),
        String(await target.call("CLUSTER", "MYID")),
      ];
      await target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", sourceId);
      await source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", targetId);
      for (;;) {
        const keys = (await source.call("CLUSTER", "GETKEYSINSLOT", slot, 100)) as string[];
        if (keys.length === 0) break;
        const to = ["127.0.0.1", target.port, "", 0, 10_000] as const;
        await source.call("MIGRATE", ...to, "KEYS", ...keys);
      }
      await between();
      for (const node of [target, source]) {
        await node.call("CLUSTER", "SETSLOT", slot, "NODE", targetId);
      }
    },
    async requireFullCoverage(isRequired) {
      for (const node of nodes) {
        const value = isRequired ? "yes" : "no";
        await node.call("CONFIG", "SET", "cluster-require-full-coverage", value);
      }
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}

/** Returns the port of the node that another takes for the master of a slot; undefined if it does not answer. */
async function portOf(node: RedisNode, slot: number): Promise<number | undefined> {
  try {
    const rows = (await node.call("CLUSTER", "SLOTS")) as [number, number, [string, number]][];
    return rows.find(([first, last]) => first <= slot && slot <= last)?.[2][1];
  } catch {
    return undefined;
  }
}

async function replicaOf(nodes: readonly RedisNode[], id: string): Promise<RedisNode> {
  for (const node of nodes) {
    const line = String(await node.call("CLUSTER", "NODES"))
      .split("\n")
      .find((each) => each.includes("myself"));
    if (line?.split(" ")[3] === id) return node;
  }
  throw new Error("The master has no replica");
}

async function otherMaster(nodes: readonly RedisNode[], not: RedisNode): Promise<RedisNode> {
  for (const node of nodes) {
    if (node !== not && /role:master/.test(String(await node.call("INFO", "replication"))))
      return node;
  }
  throw new Error("There is one master");
}
