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

const REDIS_PASSWORD = "r/d@s";
const SENTINEL_PASSWORD = "s&ntinel";
const stack = new AsyncDisposableStack();
let sentinel: RedisNode;

beforeAll(async () => {
  const redis = stack.use(new RedisNode([`requirepass ${REDIS_PASSWORD}`]));
  await redis.start();
  const settings = [
    `sentinel monitor mymaster 127.0.0.1 ${redis.port} 1`,
    `sentinel auth-pass mymaster ${REDIS_PASSWORD}`,
    `requirepass ${SENTINEL_PASSWORD}`,
  ];
  sentinel = stack.use(new RedisNode(settings, { isSentinel: true }));
  await sentinel.start();
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync());

/** Opens a connection, and closes it after the work. */
async function connectedTo(
  { address = sentinel.address, path }: { address?: string; path: string },
  work: (redis: RedisConnection) => Promise<void>,
): Promise<void> {
  const password = encodeURIComponent(REDIS_PASSWORD);
  const url = parseableUrl(`redis+sentinel://:${password}@${address}/${path}`);
  const redis = openRedisConnection({ url, blockMs: 0 });
  try {
    await work(redis);
  } finally {
    await closeRedisConnection(redis);
  }
}

const OWN = `sentinel_password=${encodeURIComponent(SENTINEL_PASSWORD)}`;

describe("a connection through a sentinel", () => {
  test("logs in to both, and selects the database", async () => {
    await connectedTo({ path: `mymaster/2?${OWN}` }, async (redis) => {
      await eventually(async () => {
        expect(await redis.client("INFO")).toContain("db=2");
      });
    });
  });

  test.each([
    ["that wants another password", { path: "mymaster" }, "WRONGPASS"],
    ["without the master", { path: `other?${OWN}` }, "No such master with that name"],
    ["that is away", { address: "127.0.0.1:1", path: "mymaster" }, "ECONNREFUSED"],
  ])("%s says why it fails", async (_, place, why) => {
    await connectedTo(place, async (redis) => {
      await eventually(() => {
        const text = errorText(connectionFailure(redis));
        expect(text).toStartWith("no sentinel names the master ");
        expect(text).toContain(why);
        expect(text).not.toContain(REDIS_PASSWORD);
      });
    });
  });
});
