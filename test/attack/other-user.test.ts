import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { postgresSocketOf, redisSocketOf } from "../../src/server-address.ts";
import { serversOf } from "../embedded/fixtures.ts";
import { ask, sendEvent } from "../support/api-client.ts";
import { ENGINE_START_MS_MAX, type Engine, startEngine, usedFolder } from "../support/engine.ts";
import { sampleBody } from "../support/sample-event.ts";

setDefaultTimeout(ENGINE_START_MS_MAX + 60_000);

const NOBODY = 65_534;
/** More than the client slots of Redis (10,000) and PostgreSQL. Prints how many of the connections succeed. */
const CONNECT = `
use Socket;
my ($path, $attempts) = @ARGV;
my @open;
for (1 .. $attempts) {
  socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or last;
  push @open, $socket if connect($socket, pack_sockaddr_un($path));
}
print scalar @open;
`;

const isRoot = process.getuid?.() === 0;
if (!isRoot)
  console.log("SKIPPED: the attacks of another local user, which need root to become one");

/** Runs a command as another user, without the groups of this one. */
function asNobody(command: readonly string[], cwd = "/") {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], {
    cwd,
    uid: NOBODY,
    gid: NOBODY,
    env: { PATH: "/usr/bin:/bin" },
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

describe.skipIf(!isRoot)("another local user", () => {
  let engine: Engine;
  let dataDir: string;
  beforeAll(async () => {
    const cwd = usedFolder();
    // The folders above are open, so that only those of the engine keep others out.
    for (const path of [cwd, join(cwd, "..")]) chmodSync(path, 0o755);
    engine = await startEngine({ cwd });
    dataDir = join(cwd, ".queueflow");
    expect((await sendEvent(engine, sampleBody())).status).toBe(202);
  });
  afterAll(async () => await engine[Symbol.asyncDispose]());

  test("reaches the folder that the engine runs in", () => {
    expect(asNobody(["ls", "-a", engine.cwd]).stdout).toContain(".queueflow");
  });

  test("can list and read nothing of the data folder", () => {
    const files = readdirSync(dataDir, { recursive: true }).map((name) =>
      join(dataDir, String(name)),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(asNobody(["ls", dataDir])).toMatchObject({ exitCode: 2, stdout: "" });
    const readable = asNobody([
      "sh",
      "-c",
      'for f; do test -r "$f" && echo "$f"; done',
      "sh",
      ...files,
    ]);
    expect(readable.stdout).toBe("");
  });

  test("reads nothing of the servers through /proc", () => {
    const pids = [...serversOf(dataDir), engine.pid];
    expect(pids.length).toBeGreaterThan(3);
    for (const pid of pids) {
      for (const file of ["environ", "cwd/", "root/", "fd/", "mem", "maps"]) {
        const { exitCode } = asNobody([
          "sh",
          "-c",
          'ls "$0" >&2 && head -c 1 "$0"',
          `/proc/${pid}/${file}`,
        ]);
        expect(exitCode, `${pid} ${file}`).not.toBe(0);
      }
    }
  });

  test.each(["postgres", "nobody"])("%s is not the account of a server", (name) => {
    const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "-u", name]);
    const pids = stdout.toString().split(/\s+/).map(Number);
    expect(serversOf(dataDir).filter((pid) => pids.includes(pid))).toEqual([]);
  });

  test("sees no password in a command line", () => {
    const { redisUrl = "", databaseUrl = "" } = findEmbedded(dataDir) ?? {};
    const { stdout } = asNobody(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'"]);
    expect(stdout).toContain("redis-server");
    expect(stdout).not.toContain(redisSocketOf(redisUrl)?.password ?? "none");
    expect(stdout).not.toContain(new URL(databaseUrl).password);
  });

  test("takes no connection in 10,000 attempts at each server", async () => {
    const { redisUrl = "", databaseUrl = "" } = findEmbedded(dataDir) ?? {};
    const paths = [redisSocketOf(redisUrl)?.path, postgresSocketOf(databaseUrl)];
    for (const path of paths) {
      const attack = ["perl", "-e", CONNECT, "--", path ?? "", "10000"];
      expect(asNobody(attack).stdout).toBe("0");
      // The sockets are there: root's own attempt succeeds.
      expect(Bun.spawnSync([...attack.slice(0, -1), "1"]).stdout.toString()).toBe("1");
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
    }
    expect((await ask(engine, "/health/ready")).status).toBe(200);
  });
});
