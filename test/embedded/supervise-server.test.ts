import { expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, redisClient, serverPid, serversOf, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

test("a killed Redis restarts on its socket without data loss", async () => {
  const folder = temporaryFolder("embedded");
  const { log, records } = recordingLog();
  await using servers = await startBoth(folder, { log, postgres: false });
  await using before = redisClient(servers.redisUrl);
  await before.xadd("events_stream", "*", "path", "/kept");
  process.kill(serverPid(records, "redis"), "SIGKILL");
  await eventually(async () => {
    await using after = redisClient(servers.redisUrl);
    expect(await after.xlen("events_stream")).toBe(1);
  });
  expect(records).toContainEqual(
    expect.objectContaining({
      level: "warn",
      fields: expect.objectContaining({ server: "redis", how: "signal SIGKILL" }),
    }),
  );
});

test("a killed PostgreSQL restarts on its socket with every commit", async () => {
  const folder = temporaryFolder("embedded");
  const { log, records } = recordingLog();
  await using servers = await startBoth(folder, { log, redis: false });
  await query(servers.databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  process.kill(serverPid(records, "postgres"), "SIGKILL");
  await eventually(async () => {
    const rows = await query(servers.databaseUrl, "SELECT answer FROM kept");
    expect(rows).toEqual([{ answer: 42 }]);
  });
});

test("a stop ends the wait for a restart", async () => {
  const folder = temporaryFolder("embedded");
  const { log, records } = recordingLog();
  const servers = await startBoth(folder, { log, postgres: false });
  process.kill(serverPid(records, "redis"), "SIGKILL");
  await eventually(() => expect(records.at(-1)?.level).toBe("warn"));
  await servers.stop();
  expect(serversOf(folder)).toEqual([]);
});
