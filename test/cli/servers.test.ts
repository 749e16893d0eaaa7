import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { Servers } from "../../src/cli/servers.ts";
import { DATA_DIR } from "../../src/config/config.ts";
import { startEmbedded } from "../../src/embedded/start-embedded.ts";
import { recordingLog } from "../support/recording-log.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { testPort } from "../support/test-port.ts";
import { runQueueflow } from "./run-queueflow.ts";

test(
  "commands find the embedded servers of the folder",
  async () => {
    const folder = temporaryFolder("find-servers");
    const found = (env = {}) => new Servers({ env, folder });
    const port = testPort();
    await using embedded = await startEmbedded({
      dataDir: join(folder, DATA_DIR),
      redis: true,
      postgres: false,
      addresses: { api: { host: "0.0.0.0", port }, operate: undefined },
      log: recordingLog().log,
      onFatal: (error) => {
        throw error;
      },
    });
    expect(found().redisUrl).toBe(embedded.redisUrl ?? "none");
    expect(() => found().databaseUrl).toThrow("started with its own DATABASE_URL");
    expect(found({ REDIS_URL: "redis://other" }).redisUrl).toBe("redis://other");
    expect(found().apiUrl).toBe(`http://127.0.0.1:${port}`);
    expect(found({ INGEST_WORKERS: "0" }).apiUrl).toBe(`http://127.0.0.1:${port}`);
    expect(found({ API_PORT: "1" }).apiUrl).toBe("http://127.0.0.1:1");
    const status = await runQueueflow(["status"], { cwd: folder, env: { API_PORT: "1" } });
    expect(status.stdout).toContain(`the engine of this folder is at http://127.0.0.1:${port}`);
    await embedded.stop();
    expect(found().apiUrl).toBe("http://127.0.0.1:3000");
    expect(() => found().redisUrl).toThrow("No engine is running in this folder");
  },
  SERVERS_START_TIMEOUT_MS,
);

/** A server that accepts connections and never sends a byte, like a suspended one. */
async function silentServer() {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

const REBUILD = ["rebuild", "--site", "a", "--from", "2026-01-01", "--to", "2026-01-31"];

describe("a command whose server is missing fails in one line", () => {
  test.each([
    [["migrate"], "DATABASE_URL"],
    [["dead-letters", "list"], "DATABASE_URL"],
    [["verify"], "DATABASE_URL"],
    [["dead-letters", "retry", "--all"], "REDIS_URL"],
    [["import", import.meta.path, "--site", "example.com"], "REDIS_URL"],
    [["env"], "REDIS_URL"],
  ])("%j without an engine or a URL", async (args, variable) => {
    const { exitCode, stderr } = await runQueueflow(args);
    expect(stderr).toStartWith("queueflow: No engine is running in this folder: start one here");
    expect(stderr).toContain(variable);
    expect(exitCode).toBe(2);
  });

  test.concurrent.each([
    [["prune", "--older-than", "9"], "Cannot delete the old events"],
    [["dead-letters", "retry", "7"], "Cannot retry the dead letters"],
    [["losses", "acknowledge"], "Cannot acknowledge the losses"],
    [["import", import.meta.path, "--site", "a"], `Cannot import ${import.meta.path}`],
  ])("%j without Redis", async (args, doing) => {
    const host = `127.0.0.1:${testPort()}`;
    const env = { REDIS_URL: `redis://${host}`, DATABASE_URL: `postgres://u:p@${host}/d` };
    const { exitCode, stdout, stderr } = await runQueueflow(args, { env });
    expect(stderr).toStartWith(
      `queueflow: ${doing}: Cannot connect to Redis at ${host}: connect ECONNREFUSED`,
    );
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  });

  test.concurrent.each([
    [["migrate"], "Cannot migrate the database"],
    [["dead-letters", "list"], "Cannot list the dead letters"],
    [["losses"], "Cannot list the losses"],
    [["verify"], "Cannot verify the rollups"],
    [REBUILD, "Cannot rebuild the rollups"],
  ])("%j without PostgreSQL", async (args, doing) => {
    const env = { DATABASE_URL: "postgres://queueflow:secret@127.0.0.1:1/queueflow" };
    const { exitCode, stdout, stderr } = await runQueueflow(args, { env });
    expect(stderr).toStartWith(`queueflow: ${doing}: `);
    expect(stderr).not.toContain("secret");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  });

  test("verify with a PostgreSQL that does not answer", async () => {
    using server = await silentServer();
    const env = { DATABASE_URL: `postgres://u:p@${server.host}/d` };
    const { exitCode, stderr } = await runQueueflow(["verify"], { env });
    expect(stderr).toBe(
      `queueflow: Cannot verify the rollups: PostgreSQL at ${server.host} did not take a connection in 2000 ms; run \`queueflow doctor\` to find the cause\n`,
    );
    expect(exitCode).toBe(1);
  });
});
