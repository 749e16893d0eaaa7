import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { Sql } from "postgres";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { spawnQueueflow } from "../cli/spawn-queueflow.ts";
import { serversOf } from "../embedded/fixtures.ts";
import { sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { connectPostgres } from "../support/connect.ts";
import {
  ENGINE_START_MS_MAX,
  type Engine,
  emptyFolder,
  startEngine,
  usedFolder,
} from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = ENGINE_START_MS_MAX + 60_000;
/** Processed entries leave the stream at once, so that a backup has them from the tables or not at all. */
const ENV = { STREAM_RETAIN_ENTRIES: "0" };
const PATH = Bun.env["PATH"] ?? "";
const FILE = "queueflow.tar.zst";

const dataDirOf = (cwd: string): string => join(cwd, ".queueflow");

/** Runs a command in a process of its own, and asserts that it succeeds. */
async function succeed(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  using command = spawnQueueflow(args, { cwd, env: { PATH, ...env } });
  const result = await command.result;
  expect(result).toMatchObject({ exitCode: 0 });
  return result;
}

function databaseOf({ cwd }: Engine): Sql & AsyncDisposable {
  const sql = connectPostgres(findEmbedded(dataDirOf(cwd))?.databaseUrl ?? "", { max: 1 });
  return Object.assign(sql, { [Symbol.asyncDispose]: async () => await sql.end() });
}

/** Holds a lock on a table until it is disposed of. */
async function lockTable(engine: Engine, table: string, mode: string): Promise<AsyncDisposable> {
  const sql = databaseOf(engine);
  const connection = await sql.reserve();
  await connection.unsafe(`BEGIN; LOCK TABLE ${table} IN ${mode} MODE`);
  let isHeld = true;
  return {
    async [Symbol.asyncDispose]() {
      if (!isHeld) return;
      isHeld = false;
      await connection`COMMIT`;
      connection.release();
      await sql.end();
    },
  };
}

/** Sends events of one kind, and returns their ids. */
async function send(engine: Engine, kind: string): Promise<ReadonlySet<string>> {
  const ids = Array.from({ length: 20 }, () => Bun.randomUUIDv7());
  for (const event_id of ids) {
    const { status } = await sendEvent(engine, sampleBody({ event_id, path: `/${kind}` }));
    expect(status).toBe(202);
  }
  return new Set(ids);
}

async function storedIn(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql<{ event_id: string }[]>`SELECT event_id FROM events`;
  return new Set(rows.map(({ event_id }) => event_id));
}

async function untilStored(sql: Sql, ids: ReadonlySet<string>): Promise<void> {
  await eventually(
    async () => expect(ids.difference(await storedIn(sql))).toEqual(new Set()),
    60_000,
  );
}

/** Waits until the engine has saved a state of the stream in which `entries` were added. */
async function untilStateSaved(sql: Sql, entries: number): Promise<void> {
  await eventually(async () => {
    const [row] = await sql`SELECT (state ->> 'added')::int AS added FROM stream_states`;
    expect(row?.["added"]).toBe(entries);
  });
}

/** Waits until a backup waits for the lock on a table. */
async function untilBlocked(sql: Sql, table: string): Promise<void> {
  await eventually(async () => {
    const waiting = await sql`
      SELECT FROM pg_locks WHERE relation = ${table}::text::regclass AND NOT granted`;
    expect(waiting).toHaveLength(1);
  });
}

/** Runs a restored engine: returns the events that it has, once it has no backlog, and asserts that nothing is wrong. */
async function checkRestored(cwd: string): Promise<ReadonlySet<string>> {
  await using engine = await startEngine({ cwd, env: { ...ENV, CLAIM_IDLE_MS: "1000" } });
  const env = { API_PORT: String(engine.port) };
  await using sql = databaseOf(engine);
  await eventually(async () => {
    const { stdout } = await succeed(cwd, ["status", "--json"], env);
    expect(JSON.parse(stdout)).toMatchObject({ stream: { backlog_entries: 0 } });
  }, 60_000);
  const stored = await storedIn(sql);
  expect(await checkInvariants(sql)).toBe(stored.size);
  expect((await succeed(cwd, ["verify"])).stdout).toStartWith("OK: ");
  await succeed(cwd, ["doctor"], env);
  await untilStored(sql, await send(engine, "after"));
  expect((await succeed(cwd, ["losses"])).stdout).toBe("No losses found.\n");
  expect(await engine.stop()).toBe(0);
  expect(engine.output.records.filter(({ level }) => level === "error")).toEqual([]);
  return stored;
}

test(
  "a backup under load has every event accepted before",
  async () => {
    const cwd = usedFolder();
    const engine = await startEngine({ cwd, env: ENV });
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(300);
    const before = new Set(load.accepted);
    await succeed(cwd, ["backup", FILE]);
    await load.untilAccepted(100);
    await engine.kill();
    await load.stop();

    await succeed(cwd, ["restore", "--force", FILE]);
    expect(serversOf(dataDirOf(cwd))).toEqual([]);
    const kept = readdirSync(dataDirOf(cwd)).filter((name) => name.startsWith("replaced-"));
    expect(kept).toHaveLength(1);
    const stored = await checkRestored(cwd);
    expect(before.difference(stored)).toEqual(new Set());
    expect(stored.difference(load.sent)).toEqual(new Set());
  },
  TIMEOUT_MS,
);

test(
  "events between the copies of stream and tables count once",
  async () => {
    const source = usedFolder();
    await using engine = await startEngine({ cwd: source, env: ENV });
    await using sql = databaseOf(engine);
    await using redis = Object.assign(new Redis(findEmbedded(dataDirOf(source))?.redisUrl ?? ""), {
      [Symbol.asyncDispose]: async () => redis.disconnect(),
    });
    const stored = await send(engine, "stored");
    await untilStored(sql, stored);
    const storing = await lockTable(engine, "events", "SHARE");
    const pending = await send(engine, "pending");
    const dumping = await lockTable(engine, "pruned_days", "ACCESS EXCLUSIVE");
    const backup = succeed(source, ["backup", FILE]);
    await untilBlocked(sql, "pruned_days");
    expect(await redis.info("persistence")).toContain("rdb_saves:1");

    await storing[Symbol.asyncDispose]();
    const storedMeanwhile = await send(engine, "stored-meanwhile");
    await untilStored(sql, pending.union(storedMeanwhile));
    await using _ = await lockTable(engine, "events", "SHARE");
    const lost = await send(engine, "not-stored-meanwhile");
    await untilStateSaved(sql, 20 * 4);
    await dumping[Symbol.asyncDispose]();
    await backup;

    const target = emptyFolder();
    // It can be read only once.
    const pipe = join(emptyFolder(), "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    const writer = Bun.spawn(["sh", "-c", 'cat "$0" > "$1"', join(source, FILE), pipe]);
    await succeed(target, ["restore", pipe]);
    await writer.exited;
    expect(await checkRestored(target)).toEqual(stored.union(pending).union(storedMeanwhile));
    expect(lost.size).toBe(20);
  },
  TIMEOUT_MS,
);

test(
  "a killed backup or restore leaves the data, and can be repeated",
  async () => {
    const source = usedFolder();
    await using engine = await startEngine({ cwd: source, env: ENV });
    await using sql = databaseOf(engine);
    const ids = await send(engine, "stored");
    await untilStored(sql, ids);
    const path = join(source, FILE);
    {
      await using _ = await lockTable(engine, "pruned_days", "ACCESS EXCLUSIVE");
      using backup = spawnQueueflow(["backup", FILE], { cwd: source });
      await untilBlocked(sql, "pruned_days");
      backup.kill("SIGKILL");
      await backup.result;
      expect(existsSync(path)).toBe(false);
    }
    await succeed(source, ["backup", FILE]);
    expect(readdirSync(source).toSorted()).toEqual([".queueflow", FILE]);

    const target = emptyFolder();
    const staged = join(dataDirOf(target), "restore");
    {
      using restore = spawnQueueflow(["restore", path], { cwd: target, env: { PATH } });
      await eventually(() => expect(serversOf(staged)).not.toEqual([]));
      restore.kill("SIGKILL");
      await restore.result;
    }
    expect(existsSync(join(dataDirOf(target), "postgres"))).toBe(false);
    await succeed(target, ["restore", path]);
    expect(serversOf(staged)).toEqual([]);
    expect(await checkRestored(target)).toEqual(ids);
  },
  TIMEOUT_MS,
);
