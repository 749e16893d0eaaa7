import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installOnce } from "../../src/embedded/postgres/install-once.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("fills the folder once, readable by every account", async () => {
  const target = join(temporaryFolder("embedded"), "cache", "postgresql");
  const installed = await Promise.all([
    installOnce(target, fillWith("first")),
    installOnce(target, fillWith("second")),
  ]);
  expect(installed).toEqual([target, target]);
  expect(readFileSync(join(target, "program"), "utf8")).toBe("first");
  expect(statSync(join(target, "program")).mode & 0o777).toBe(0o755);
  expect(statSync(target).mode & 0o777).toBe(0o755);
  expect(readdirSync(join(target, ".."))).toEqual(["postgresql"]);
});

test("leaves nothing behind when filling fails", async () => {
  const parent = join(temporaryFolder("embedded"), "cache");
  const failing = installOnce(join(parent, "postgresql"), async (folder) => {
    writeFileSync(join(folder, "half"), "");
    throw new Error("no space left");
  });
  const reason = await failing.catch((thrown: unknown) => thrown);
  expect(String(reason)).toContain("no space left");
  expect(readdirSync(parent)).toEqual([]);
});

function fillWith(text: string): (folder: string) => Promise<void> {
  return async (folder) => writeFileSync(join(folder, "program"), text, { mode: 0o600 });
}
