import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { placeSocket, removeSocket } from "../../src/embedded/socket-folder.ts";
import { redisSocketOf } from "../../src/server-address.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, redisClient, spawnEngine, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

const SOCKET_PATH_MAX = 107;
const NAME = "redis.sock";

function longFolder(): string {
  const folder = join(temporaryFolder("socket"), "long".repeat(30), "redis");
  mkdirSync(folder, { recursive: true });
  return folder;
}

describe("in a folder whose path is too long", () => {
  test("servers start, also after a kill, and leave nothing", async () => {
    const folder = dirname(longFolder());
    using killed = spawnEngine(folder);
    const urls = JSON.parse(await killed.said());
    await killed.kill("SIGKILL");
    await using servers = await startBoth(folder);
    await using redis = redisClient(servers.redisUrl);
    expect(await redis.ping()).toBe("PONG");
    expect(await query(servers.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const path = redisSocketOf(servers.redisUrl ?? "")?.path ?? "";
    expect(path.length).toBeLessThan(SOCKET_PATH_MAX);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(existsSync(dirname(redisSocketOf(urls.redisUrl)?.path ?? ""))).toBe(false);
    await servers.stop();
    expect(existsSync(dirname(path))).toBe(false);
  });

  test("the folder of the socket belongs to the server's account", () => {
    if (process.getuid?.() !== 0) return;
    const socket = { folder: longFolder(), name: NAME };
    const place = placeSocket(socket, { uid: 12_345, gid: 12_345 });
    expect(statSync(place.folder)).toMatchObject({ uid: 12_345, gid: 12_345 });
    removeSocket(socket);
  });
});

test("a socket stays in its folder where the path is short", () => {
  const folder = temporaryFolder("socket");
  expect(placeSocket({ folder, name: NAME }, undefined)).toEqual({ folder, argument: "." });
});

test("a link to another folder is removed, its files are not", () => {
  const folder = longFolder();
  const other = temporaryFolder("other");
  writeFileSync(join(other, NAME), "");
  symlinkSync(other, `${folder}.socket`);
  const socket = { folder, name: NAME };
  placeSocket(socket, undefined);
  expect(existsSync(join(other, NAME))).toBe(true);
  expect(readlinkSync(`${folder}.socket`)).not.toBe(other);
  removeSocket(socket);
});
