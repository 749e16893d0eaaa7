import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { parseableUrl } from "../../src/server-address.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { emptyFolder } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { RedisNode } from "../support/scale/redis-node.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";

const PASSWORD = "r/d@s 'x'";
const SLOT_LAST = 16_383;
const DATABASE_URL = "postgres://127.0.0.1:1/none";

/** Returns what a shell prints that has evaluated the output of `queueflow env`. */
async function inShell(redisUrl: string, line: string, cwd = emptyFolder()): Promise<string> {
  const env = { REDIS_URL: redisUrl, DATABASE_URL };
  const { stdout, exitCode } = await runQueueflow(["env"], { env });
  expect(exitCode).toBe(0);
  const command = ["sh", "-c", `eval "$0" && ${line}`, stdout];
  const shell = Bun.spawnSync(command, { cwd });
  return `${shell.stdout.toString()}${shell.stderr.toString()}`;
}

test(
  "redis-cli reaches Redis by `queueflow env`",
  async () => {
    await using master = new RedisNode([`requirepass "${PASSWORD}"`]);
    await master.start();
    const own = `redis://:${encodeURIComponent(PASSWORD)}@${master.address}`;
    expect(await inShell(own, 'redis-cli -u "$REDIS_URL" PING')).toContain("PONG");
    const settings = [
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
      `sentinel auth-pass mymaster "${PASSWORD}"`,
    ];
    await using sentinel = new RedisNode(settings, { isSentinel: true });
    await sentinel.start();
    const url = `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${sentinel.address}/mymaster/2`;
    const line = 'redis-cli -u "$REDIS_MASTER_URL" CLIENT INFO && echo "at $REDIS_MASTER"';
    const printed = await inShell(parseableUrl(url), line);
    expect(printed).toContain("db=2");
    expect(printed).toContain(`at ${master.address}`);
    const env = { REDIS_URL: url, DATABASE_URL };
    const { stderr } = await runQueueflow(["backup", "file"], { env });
    expect(stderr).toContain('redis-cli -u "$REDIS_MASTER_URL" --rdb queueflow.rdb');

    await sentinel.kill();
    const without = await runQueueflow(["env"], { env });
    expect(without.stdout).toContain("REDIS_MASTER_URL=''");
    expect(without.stderr).toStartWith("REDIS_MASTER_URL is empty: no sentinel names the master");
  },
  SERVERS_START_TIMEOUT_MS,
);

test(
  "redis-cli copies a cluster as `queueflow backup` says",
  async () => {
    await using node = new RedisNode([
      "cluster-enabled yes",
      `cluster-port ${testPort()}`,
      "requirepass secret",
      "masterauth secret",
    ]);
    await node.start();
    const url = `redis+cluster://:secret@${node.address}`;
    const call = `redis-cli -a secret --no-auth-warning -p ${node.port}`;
    expect(
      Bun.spawnSync(["sh", "-c", `${call} CLUSTER ADDSLOTSRANGE 0 ${SLOT_LAST}`]).exitCode,
    ).toBe(0);
    await eventually(async () => {
      const set = 'redis-cli -c -u "$REDIS_MASTER_URL" SET events_stream any';
      expect(await inShell(url, set)).toContain("OK");
    });
    const env = { REDIS_URL: url, DATABASE_URL };
    const { stderr } = await runQueueflow(["backup", "file"], { env });
    const line = /^ {2}(mkdir .*)$/m.exec(stderr)?.[1] ?? "";
    expect(line).toContain("--cluster backup");
    const folder = emptyFolder();
    await inShell(url, line, folder);
    expect(
      readdirSync(`${folder}/queueflow.redis`).filter((name) => name.endsWith(".rdb")),
    ).toHaveLength(1);
  },
  SERVERS_START_TIMEOUT_MS,
);
