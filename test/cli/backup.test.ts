import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BackupInfo, FORMAT } from "../../src/cli/backup/contents.ts";
import { writeBackup } from "../../src/cli/backup/write-backup.ts";
import { lockFolder } from "../../src/embedded/folder-lock.ts";
import type { TablesDump } from "../../src/store/backup/dump-tables.ts";
import { emptyFolder } from "../support/engine.ts";
import { runQueueflow } from "./run-queueflow.ts";

const FILE = "queueflow.tar.zst";
const INFO: BackupInfo = {
  format: FORMAT,
  id: "01a22384-88e2-7428-8436-c6c84b19a74a",
  created_at: "2026-01-15T09:30:00.000Z",
  engine: "0.1.0",
  schema: [1, 2, 3],
  redis: "7.0.15",
  postgres: "18.4",
  stream: "events_stream",
  group: "analytics_workers",
  tables: [{ name: "events", columns: [{ name: "site_id", type: "text" }] }],
};

async function* each<Item>(...items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** Returns the archive of a backup of two events, without compression, which `restore` reads too. */
async function archive(info: Partial<BackupInfo> = {}): Promise<Buffer> {
  const tables: Pick<TablesDump, "read" | "readSequences"> = {
    read: () => each({ bytes: Buffer.from("a\nb\n"), rows: 2 }),
    readSequences: async () => ({ events_id_seq: "2" }),
  };
  const written = writeBackup({
    info: { ...INFO, ...info },
    snapshot: each(Buffer.from("REDIS0010")),
    tables,
    onRows: () => undefined,
  });
  return Buffer.concat(await Array.fromAsync(written));
}

/** Changes one letter or digit of the only place where a text occurs. */
function altered(bytes: Buffer, text: string): Buffer {
  const at = bytes.indexOf(text);
  expect(bytes.indexOf(text, at + 1)).toBe(-1);
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Runs `restore` on a file in an empty folder. */
async function restore(content: Buffer, flags: readonly string[] = []) {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, FILE), content);
  return { cwd, ...(await runQueueflow(["restore", ...flags, FILE], { cwd })) };
}

describe("restore", () => {
  test("checks a sound file, compressed or not", async () => {
    const sound = await archive();
    for (const content of [sound, Buffer.from(await Bun.zstdCompress(sound))]) {
      const { stdout, exitCode } = await restore(content, ["--check"]);
      const made = "made 2026-01-15T09:30:00.000Z by version 0.1.0";
      expect([stdout, exitCode]).toEqual([
        `OK: ${FILE} is a complete backup of 2 events, ${made}.\n`,
        0,
      ]);
    }
  });

  test.each<[string, (sound: Buffer) => Buffer | Promise<Buffer>, string]>([
    ["is empty", () => Buffer.alloc(0), "is not a backup made by"],
    ["is a text", () => Buffer.from("event\n".repeat(500)), "is not a backup made by"],
    ["is another archive", (sound) => sound.subarray(4 * 512), "is not a backup made by"],
    ["ends early", (sound) => sound.subarray(0, -512), "its end is missing"],
    ["ends between entries", (sound) => sound.subarray(0, -4 * 512), "its end is missing"],
    [
      "has no last entry",
      (sound) => Buffer.concat([sound.subarray(0, -4 * 512), Buffer.alloc(1_024)]),
      "its last entry is missing",
    ],
    [
      "has bytes after its end",
      (sound) => Buffer.concat([sound, Buffer.from("x")]),
      "bytes follow its end",
    ],
    ["has a changed row", (sound) => altered(sound, "a\nb\n"), "its checksum does not match"],
    [
      "has a changed snapshot",
      (sound) => altered(sound, "REDIS0010"),
      "its checksum does not match",
    ],
    ["has a changed header", (sound) => altered(sound, "tables/events"), "a header is damaged"],
    [
      "has a changed description",
      (sound) => altered(sound, '"format"'),
      "queueflow-backup.json cannot be read",
    ],
    [
      "is cut within its compression",
      async (sound) => Buffer.from((await Bun.zstdCompress(sound)).subarray(0, -9)),
      "damaged or truncated",
    ],
    [
      "has a later format",
      async () => await archive({ format: FORMAT + 1, engine: "9.0.0" }),
      "was made by version 9.0.0",
    ],
  ])("refuses a file that %s", async (_, change, reason) => {
    const content = await change(await archive());
    for (const flags of [["--check"], ["--force"]]) {
      const { cwd, exitCode, stderr } = await restore(content, flags);
      expect(stderr).toStartWith(`queueflow: ${FILE} `);
      expect(stderr).toContain(reason);
      expect(exitCode).toBe(1);
      expect(existsSync(join(cwd, ".queueflow/restore"))).toBe(false);
    }
  });

  test.each<[string, Partial<BackupInfo>, string]>([
    ["a later schema", { schema: [1, 999] }, "The backup has schema version 999"],
    [
      "another stream",
      { stream: "other" },
      "Expected REDIS_STREAM and REDIS_GROUP to name the stream other",
    ],
  ])("refuses a backup of %s", async (_, info, reason) => {
    const { exitCode, stderr } = await restore(await archive(info));
    expect(stderr).toContain(reason);
    expect(exitCode).toBe(1);
  });

  test("refuses a folder with data or a running engine", async () => {
    const cwd = emptyFolder();
    const dataDir = join(cwd, ".queueflow");
    writeFileSync(join(cwd, FILE), await archive());
    mkdirSync(join(dataDir, "postgres"), { recursive: true });
    const refused = await runQueueflow(["restore", FILE], { cwd });
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toContain(`${dataDir} has data: with --force`);
    const lock = lockFolder(dataDir);
    const running = await runQueueflow(["restore", "--force", FILE], { cwd });
    lock?.release();
    expect(running.stderr).toContain(`runs on ${dataDir}: stop it, then restore`);
    expect(readdirSync(dataDir)).toContain("postgres");
  });

  test.each([
    ["the same file", INFO.id, 0, "", "Restored the backup made 2026-01-15T09:30:00.000Z"],
    ["another file", "other", 1, "has data: with --force", ""],
  ])("finishes the killed restore of %s", async (_, id, code, error, output) => {
    const cwd = emptyFolder();
    const dataDir = join(cwd, ".queueflow");
    const complete = join(dataDir, "restore.complete");
    mkdirSync(join(complete, "postgres"), { recursive: true });
    mkdirSync(join(dataDir, "redis"));
    writeFileSync(join(complete, "backup.id"), id);
    writeFileSync(join(cwd, FILE), await archive());
    const { exitCode, stdout, stderr } = await runQueueflow(["restore", FILE], { cwd });
    expect(stdout).toStartWith(output);
    expect(stderr).toContain(error);
    expect(exitCode).toBe(code);
    expect(readdirSync(dataDir)).toContain("postgres");
    expect(existsSync(complete)).toBe(false);
  });
});

describe("backup", () => {
  test("keeps an existing file unless --force is given", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, FILE), "kept");
    const { exitCode, stderr } = await runQueueflow(["backup", FILE], { cwd });
    expect([stderr, exitCode]).toEqual([
      `queueflow: ${FILE} exists: name another, or replace it with --force\n`,
      2,
    ]);
    const forced = await runQueueflow(["backup", "--force", FILE], { cwd });
    expect(forced.stderr).toContain("No engine is running in this folder");
    expect(readFileSync(join(cwd, FILE), "utf8")).toBe("kept");
    expect(readdirSync(cwd)).toEqual([FILE]);
  });

  test.each<[string, string]>([
    ["missing/file", "Cannot write missing/file: ENOENT"],
    [".", ". is not a file: name another"],
  ])("refuses to write %s", async (file, reason) => {
    const { exitCode, stderr } = await runQueueflow(["backup", file], { cwd: emptyFolder() });
    expect(stderr).toContain(reason);
    expect(exitCode).toBe(2);
  });

  test("names the commands for servers that are not embedded", async () => {
    const env = { REDIS_URL: "redis://user:secret@redis.example.com:6379" };
    for (const [command, advice] of [
      ["backup", '\n  redis-cli -u "$REDIS_URL" --rdb queueflow.rdb\n  pg_dump -Fc'],
      ["restore", "docs/operating.md"],
    ] as const) {
      const cwd = emptyFolder();
      writeFileSync(join(cwd, "in"), await archive());
      const file = command === "backup" ? "out" : "in";
      const { exitCode, stderr } = await runQueueflow([command, file], { cwd, env });
      expect(stderr).toContain("got Redis at redis.example.com:6379 from the configuration");
      expect(stderr).toContain(advice);
      expect(stderr).not.toContain("secret");
      expect(exitCode).toBe(2);
    }
  });
});
