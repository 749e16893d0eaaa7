import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finishCommit, settleRestore, stagedFolder } from "../../src/embedded/restored-data.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NAMES = ["redis", "redis.password", "postgres", "postgres.password"] as const;

/** Writes a file of each name, which folders are moved like. */
function writeData(folder: string, content: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of NAMES) writeFileSync(join(folder, name), content);
}

function readData(folder: string): readonly string[] {
  return NAMES.map((name) => readFileSync(join(folder, name), "utf8"));
}

const ALL = (content: string) => NAMES.map(() => content);
/** Renames of a commit that replaces data. */
const STEPS = 2 * NAMES.length;

test.each(Array.from({ length: STEPS + 1 }, (_, done) => done))(
  "a commit killed after %d renames is finished at the start",
  async (done) => {
    const dataDir = temporaryFolder("restored");
    const complete = join(dataDir, "restore.complete");
    writeData(dataDir, "before");
    writeData(complete, "restored");
    writeFileSync(join(complete, "backup.id"), "id");
    const steps = NAMES.flatMap((name) => [
      [join(dataDir, name), join(complete, "replaced", name)] as const,
      [join(complete, name), join(dataDir, name)] as const,
    ]);
    if (done > 0) mkdirSync(join(complete, "replaced"));
    for (const [from, to] of steps.slice(0, done)) renameSync(from, to);

    const { log, records } = recordingLog();
    await settleRestore(dataDir, { log, signal: AbortSignal.any([]) });
    expect(readData(dataDir)).toEqual(ALL("restored"));
    const replaced = readdirSync(dataDir).filter((name) => name.startsWith("replaced-"));
    expect(replaced).toHaveLength(1);
    expect(readData(join(dataDir, replaced[0] ?? ""))).toEqual(ALL("before"));
    expect(readdirSync(dataDir)).not.toContain("restore.complete");
    expect(records).toMatchObject([
      { sentence: "An interrupted restore was complete; using its data" },
    ]);
  },
);

test("a commit without data from before keeps none", () => {
  const dataDir = temporaryFolder("restored");
  writeData(join(dataDir, "restore.complete"), "restored");
  expect(finishCommit(dataDir)).toBeUndefined();
  expect(readData(dataDir)).toEqual(ALL("restored"));
});

test("an incomplete restore is discarded at the start", async () => {
  const dataDir = temporaryFolder("restored");
  writeData(dataDir, "before");
  writeData(stagedFolder(dataDir), "restored");
  const { log, records } = recordingLog();
  await settleRestore(dataDir, { log, signal: AbortSignal.any([]) });
  expect(readData(dataDir)).toEqual(ALL("before"));
  expect(readdirSync(dataDir)).not.toContain("restore");
  expect(records).toMatchObject([
    { sentence: "Discarded an incomplete restore; using the data from before it" },
  ]);
});
