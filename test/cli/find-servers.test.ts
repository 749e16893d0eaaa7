import { expect, test } from "bun:test";
import { findDatabaseUrl, findRedisUrl } from "../../src/cli/find-servers.ts";
import { readConfig } from "../../src/config/config.ts";
import { startEmbedded } from "../../src/embedded/start-embedded.ts";
import { recordingLog } from "../support/recording-log.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NOTHING = readConfig({});

test(
  "findRedisUrl and findDatabaseUrl find what the engine in the folder has embedded",
  async () => {
    const dataDir = temporaryFolder("find-servers");
    await using servers = await startEmbedded({
      dataDir,
      redis: true,
      postgres: false,
      log: recordingLog().log,
      onFatal: (error) => {
        throw error;
      },
    });
    expect(findRedisUrl(NOTHING, dataDir)).toBe(servers.redisUrl ?? "none");
    expect(() => findDatabaseUrl(NOTHING, dataDir)).toThrow("started with a DATABASE_URL");
    const configured = readConfig({ REDIS_URL: "redis://other" });
    expect(findRedisUrl(configured, dataDir)).toBe("redis://other");
    await servers.stop();
    expect(() => findRedisUrl(NOTHING, dataDir)).toThrow("No engine runs in this folder");
  },
  SERVERS_START_TIMEOUT_MS,
);
