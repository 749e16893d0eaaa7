import { join } from "node:path";
import { BUILT_COLLECT_PATH } from "../../src/http/tracker/served-script.ts";

const TRACKER = join(import.meta.dir, "../../src/tracker");
/** Committed, so that the engine needs no build when it runs from source. */
export const SCRIPT_FILE = join(TRACKER, "script.min.js");

/** Returns the script that the engine serves. */
export async function buildScript(): Promise<string> {
  return await built("script.ts", {
    format: "iife",
    minify: true,
    define: { COLLECT_PATH: JSON.stringify(BUILT_COLLECT_PATH) },
  });
}

/** Writes the package's module and its types. */
export async function buildPackage(folder: string): Promise<void> {
  await Bun.write(join(folder, "module.js"), await built("module.ts", { format: "esm" }));
  const tsc = Bun.spawnSync([
    process.execPath,
    join(TRACKER, "../../node_modules/typescript/bin/tsc"),
    "-p",
    TRACKER,
    "--noEmit",
    "false",
    "--emitDeclarationOnly",
    "--declaration",
    "--outDir",
    folder,
  ]);
  if (tsc.exitCode !== 0) throw new Error(`tsc failed:\n${tsc.stdout.toString()}`);
}

async function built(entry: string, options: Partial<Bun.BuildConfig>): Promise<string> {
  const { outputs } = await Bun.build({
    ...options,
    entrypoints: [join(TRACKER, entry)],
    target: "browser",
  });
  return (await outputs[0]?.text()) ?? "";
}

if (import.meta.main) {
  await Bun.write(SCRIPT_FILE, await buildScript());
  await buildPackage(join(import.meta.dir, "dist"));
}
