import { expect, test } from "bun:test";
import { isFolderLocked, lockFolder } from "../../src/embedded/folder-lock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a folder stays locked when nothing refers to its lock", async () => {
  const folder = temporaryFolder("embedded");
  expect(lockFolder(folder)).toBeDefined();
  await new Promise(setImmediate); // Nothing on the stack refers to it, either.
  Bun.gc(true);
  expect(isFolderLocked(folder)).toBe(true);
});

test("a released folder can be locked again", () => {
  const folder = temporaryFolder("embedded");
  lockFolder(folder)?.release();
  expect(isFolderLocked(folder)).toBe(false);
  expect(lockFolder(folder)).toBeDefined();
  expect(lockFolder(folder)).toBeUndefined();
});
