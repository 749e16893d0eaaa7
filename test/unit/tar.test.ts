import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readTar, TAR_END, type TarEntry, tarEntry } from "../../src/cli/backup/tar.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MTIME_S = 1_700_000_000;

function archive(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap((entry) => [...tarEntry(entry, MTIME_S)]), TAR_END]);
}

async function* cut(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

test("an archive is read back, however it is cut", async () => {
  const entries = fc.array(
    fc.record({
      name: fc.stringMatching(/^[a-z/.]{1,100}$/),
      bytes: fc.uint8Array({ maxLength: 1_500 }),
    }),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(entries, fc.integer({ min: 1, max: 2_000 }), async (written, chunkBytes) => {
      const read = await Array.fromAsync(readTar(cut(archive(written), chunkBytes)));
      expect(read.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) }))).toEqual(
        written,
      );
    }),
    { numRuns: 50 },
  );
});

test("tar extracts an archive", () => {
  const folder = temporaryFolder("tar");
  const bytes = Buffer.from("a\tb\n");
  const path = join(folder, "archive.tar");
  writeFileSync(path, archive([{ name: "tables/events/000001.copy", bytes }]));
  mkdirSync(join(folder, "out"));
  const { exitCode, stderr } = Bun.spawnSync(["tar", "-xf", path, "-C", join(folder, "out")]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  expect(readFileSync(join(folder, "out/tables/events/000001.copy"))).toEqual(bytes);
});
