import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckout } from "../../../bench/against/checkout.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { emptyFolder } from "../../support/engine.ts";

const ROOT = join(import.meta.dir, "../../..");

describe("openCheckout", () => {
  test("finds the engine of a checkout", () => {
    expect(openCheckout(ROOT).main).toBe(join(ROOT, "src/main.ts"));
  });

  test.each([
    ["a missing folder", join(ROOT, "missing")],
    ["a folder of this checkout", join(ROOT, "src")],
    ["another project", checkoutOf("other")],
  ])("refuses %s", (_, dir) => {
    expect(() => openCheckout(dir)).toThrow(
      `Expected --against to be a checkout of this project, got ${dir}`,
    );
  });

  test("refuses a checkout without dependencies", () => {
    const dir = checkoutOf(packageJson.name);
    expect(() => openCheckout(dir)).toThrow("run bun install --frozen-lockfile");
  });
});

function checkoutOf(name: string): string {
  const dir = emptyFolder();
  mkdirSync(join(dir, "src"));
  writeFileSync(join(dir, "src/main.ts"), "");
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name }));
  return dir;
}
