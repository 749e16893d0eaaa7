import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { aptFiles, hasApt } from "../../src/embedded/redis/apt.ts";
import { withoutRedis } from "../../src/embedded/redis/debian-redis.ts";
import { unpackedRedis } from "../../src/embedded/redis/unpacked-redis.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Downloads a package, and perhaps the package lists.
setDefaultTimeout(120_000);

test.skipIf(!hasApt())("unpacks Redis again into a half-made folder", async () => {
  const folder = join(temporaryFolder("unpacked-redis"), "redis-dist");
  // As left where redis-tools, which has the program, was installed already.
  mkdirSync(join(folder, "usr/bin"), { recursive: true });
  symlinkSync("redis-check-rdb", join(folder, "usr/bin/redis-server"));
  const { log, records } = recordingLog();
  const progress = { log, signal: new AbortController().signal };
  const { path, version } = await unpackedRedis(folder, progress);
  expect(path).toBe(join(folder, "usr/bin/redis-server"));
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(existsSync(`${folder}.new`)).toBe(false);
  expect(records[0]?.sentence).toBe("Unpacked Redis does not run; unpacking it again");
  const download = records.findLast(({ sentence }) => sentence === "Downloading Debian packages");
  expect(download?.fields["packages"]).toContain("redis-server");
  expect(download?.fields["packages"]).toContain("redis-tools");
  const loggedBefore = records.length;
  expect((await unpackedRedis(folder, progress)).path).toBe(path);
  expect(records).toHaveLength(loggedBefore);
});

test("reads names and sizes of the files that apt downloads", () => {
  const listed = `Reading package lists...
'http://deb.debian.org/redis-tools_7.0.15-1%7edeb12u10_amd64.deb' redis-tools_5%3a7.0.15-1~deb12u10_amd64.deb 991988 
'http://deb.debian.org/libjemalloc2_5.3.0-1_amd64.deb' libjemalloc2_5.3.0-1_amd64.deb 275404 SHA256:0f1e
`;
  expect(aptFiles(listed)).toEqual([
    { name: "redis-tools", bytes: 991_988 },
    { name: "libjemalloc2", bytes: 275_404 },
  ]);
});

test("hides installed Redis packages from apt", () => {
  const entry = (name: string) => `Package: ${name}\nStatus: install ok installed\n`;
  const status = ["libc6", "redis-tools", "redis-server", "libhiredis0.14"].map(entry).join("\n");
  expect(withoutRedis(status)).toBe(["libc6", "libhiredis0.14"].map(entry).join("\n"));
});
