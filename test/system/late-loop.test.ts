import { beforeAll, describe, expect, test } from "bun:test";
import { Database } from "../../src/store/database.ts";
import { COMMAND_TIMEOUT_MS } from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "../support/eventually.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "../support/servers.ts";
import { connected } from "../support/test-stream.ts";

const DATABASE_DEADLINE_MS = 1_000;

beforeAll(async () => {
  await testServers();
}, SERVERS_START_TIMEOUT_MS);

describe("succeeds when the reply came in time and the loop was late:", () => {
  test("a command to Redis", async () => {
    const redis = await connected((await testServers()).redisUrl);
    const calls = [redis.echo("a"), redis.echo("b")];
    Bun.sleepSync(2 * COMMAND_TIMEOUT_MS);
    expect(await Promise.all(calls)).toEqual(["a", "b"]);
    redis.disconnect();
  });

  test("a query of PostgreSQL", async () => {
    const { databaseUrl } = await testServers();
    const database = new Database({ url: databaseUrl, connectionsMax: 1 });
    const select = async (blockMs: number) =>
      await database.query(DATABASE_DEADLINE_MS, async (sql) => {
        const query = sql`SELECT 1 AS one`.execute();
        setImmediate(() => Bun.sleepSync(blockMs));
        return await query;
      });
    await eventually(async () => await select(0));
    expect([...(await select(2 * DATABASE_DEADLINE_MS))]).toEqual([{ one: 1 }]);
    await database.close(1_000);
  });
});
