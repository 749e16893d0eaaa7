import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { spawnEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { canMountDisk, mountSmallDisk } from "../support/small-disk.ts";
import { redisClient, startBoth } from "./fixtures.ts";

setDefaultTimeout(60_000);

describe.skipIf(!canMountDisk())("on a full disk", () => {
  // A tmpfs of 4 KiB has room for folders and empty files only; initdb needs about 40 MB.
  test.each(["4k", "8k", "64k", "20m"])("a start in %s names the full disk", async (size) => {
    using disk = mountSmallDisk(size);
    await using engine = spawnEngine({ cwd: disk.folder });
    expect(await engine.exited).toBe(1);
    await engine.output.ended;
    const dataDir = join(disk.folder, ".queueflow");
    expect(engine.output.errors).toBe(
      `queueflow: The disk of ${dataDir} is full: free space, then start again\n`,
    );
  });

  test("the log says why Redis exits, and Redis recovers", async () => {
    using disk = mountSmallDisk("16m");
    const { log, records } = recordingLog();
    await using servers = await startBoth(disk.folder, { log, postgres: false });
    await using client = redisClient(servers.redisUrl);
    disk.fill();
    const block = "x".repeat(100_000);
    await rejectionOf(client.xadd("events_stream", "*", "path", block));
    const fields = await eventually(() => {
      const record = records.find(({ level }) => level === "error");
      expect(record?.fields).toMatchObject({ server: "redis", error: "No space left on device" });
      return record?.fields;
    });
    expect(fields?.["remedy"]).toBe(`Free space on the disk of ${disk.folder}`);
    disk.free();
    await eventually(async () => {
      await using after = redisClient(servers.redisUrl);
      expect(await after.xadd("events_stream", "*", "path", "/kept")).toBeString();
    }, 30_000);
  });
});
