import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dir, "..", "..");
/** Everything that tests run with `engineCommand`, and the entries of its threads. */
const BUNDLED = [
  "src/main.ts",
  "src/child.ts",
  "test/support/faulty-main.ts",
  "test/support/faulty-child.ts",
  "test/support/newer-main.ts",
  "test/support/newer-child.ts",
];

/**
 * Bundles the engine for `engineCommand`, and returns the folder. Files keep their paths, and `.ts` in their names, because
 * entries find each other by URL.
 */
export async function bundleEngine(): Promise<string> {
  const folder = temporaryFolder("engine");
  await Bun.build({
    root: ROOT,
    entrypoints: BUNDLED.map((file) => join(ROOT, file)),
    outdir: folder,
    target: "bun",
    // Bundled, their paths would be relative to the working directory of the engine.
    external: ["swagger-ui-dist/*"],
    naming: { entry: "[dir]/[name].ts" },
  });
  // Embedded PostgreSQL is a package.
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}
