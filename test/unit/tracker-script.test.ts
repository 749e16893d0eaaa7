import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildPackage, buildScript, SCRIPT_FILE } from "../../packages/tracker/build.ts";
import packageJson from "../../packages/tracker/package.json" with { type: "json" };
import { BUILT_COLLECT_PATH, servedScript } from "../../src/http/tracker/served-script.ts";
import { ROOT } from "../packaging/project-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const GZIPPED_BYTES_MAX = 1_500;
const built = readFileSync(SCRIPT_FILE, "utf8");

describe("the tracker", () => {
  test("is committed as it is built", async () => {
    expect(built, "run build:tracker").toBe(await buildScript());
  });

  test("is small, and writes no cookie and no storage", () => {
    expect(Bun.gzipSync(built, { level: 9 }).length).toBeLessThanOrEqual(GZIPPED_BYTES_MAX);
    expect(built).not.toMatch(/cookie|sessionStorage|indexedDB|setItem|\beval\b|Function\(/);
    expect(built.match(/localStorage\W\w+/g)).toEqual(["localStorage.queueflow_ignore"]);
  });

  test("names the path that events go to once", () => {
    expect(built.split(JSON.stringify(BUILT_COLLECT_PATH))).toHaveLength(2);
  });

  test("is served with the path in force", () => {
    const { bodies, hash } = servedScript(built, "/renamed");
    const text = new TextDecoder().decode(bodies.get("identity"));
    expect(text).toContain('"/renamed"');
    expect(text).not.toContain(JSON.stringify(BUILT_COLLECT_PATH));
    expect(hash).not.toBe(servedScript(built, BUILT_COLLECT_PATH).hash);
  });
});

test("the package has its files, and types for a strict program", async () => {
  const folder = temporaryFolder("tracker");
  await buildPackage(join(folder, "dist"));
  await Bun.write(join(folder, "package.json"), JSON.stringify(packageJson));
  for (const file of packageJson.files) {
    expect(await Bun.file(join(folder, file)).exists(), file).toBe(true);
  }
  const program = `import { init, track } from "./dist/module.js";
    init({ site: "a", hash: true }); track("b", { c: 1 });
    // @ts-expect-error -- no site
    init({});`;
  await Bun.write(join(folder, "program.ts"), program);
  const tsc = Bun.spawnSync([
    process.execPath,
    join(ROOT, "node_modules/typescript/bin/tsc"),
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    join(folder, "program.ts"),
  ]);
  expect(tsc.stdout.toString()).toBe("");
  // On a server, where there is no window.
  const { init, track } = (await import(join(folder, "dist", "module.js"))) as {
    init: (options: object) => void;
    track: (name: string) => void;
  };
  track("early");
  init({ site: "a" });
});
