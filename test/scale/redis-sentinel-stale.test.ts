import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { errorText } from "../../src/errors.ts";
import { parseableUrl } from "../../src/server-address.ts";
import { connectionFailure } from "../../src/stream/redis/connection-failure.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "../support/eventually.ts";
import { RedisNode } from "../support/scale/redis-node.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const MASTER = "mymaster";
const KEY = "name";
const stack = new AsyncDisposableStack();
let oldMaster: RedisNode;
let newMaster: RedisNode;
let stale: RedisNode;
let current: RedisNode;
let redis: RedisConnection;

async function startMaster(name: string): Promise<RedisNode> {
  const node = stack.use(new RedisNode());
  await node.start();
  await node.call("SET", KEY, name);
  return node;
}

async function startSentinel(master: RedisNode, epoch: number): Promise<RedisNode> {
  const settings = [
    `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1`,
    `sentinel config-epoch ${MASTER} ${epoch}`,
  ];
  const sentinel = stack.use(new RedisNode(settings, { isSentinel: true }));
  await sentinel.start();
  return sentinel;
}

beforeAll(async () => {
  [oldMaster, newMaster] = [await startMaster("old"), await startMaster("new")];
  [stale, current] = [await startSentinel(oldMaster, 1), await startSentinel(newMaster, 2)];
  const url = parseableUrl(`redis+sentinel://${stale.address},${current.address}/${MASTER}`);
  redis = openRedisConnection({ url, blockMs: 0 });
  stack.defer(async () => await closeRedisConnection(redis));
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync());

describe("a connection by sentinels of which one is stale", () => {
  test("leads to the newer master", async () => {
    await eventually(async () => expect(await redis.get(KEY)).toBe("new"));
  });

  test("never follows the stale one when it alone answers", async () => {
    await current.kill();
    await newMaster.kill();
    await eventually(() => {
      expect(errorText(connectionFailure(redis))).toContain(
        `know an older master ${MASTER}, of epoch 1 instead of 2`,
      );
    });
    await newMaster.start();
    await current.start();
    await eventually(async () => expect(await redis.get(KEY)).toBe("new"));
  });

  test("follows an older one that all were given", async () => {
    await current.call("SENTINEL", "REMOVE", MASTER);
    await current.call("SENTINEL", "MONITOR", MASTER, "127.0.0.1", oldMaster.port, 1);
    await eventually(async () => expect(await redis.get(KEY)).toBe("old"), 30_000);
  }, 60_000);
});
