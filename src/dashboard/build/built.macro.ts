import { join } from "node:path";
import type { BuiltDashboard } from "./built-file.ts";

/** Runs in the bundler. A process of its own builds, since Bun's bundler cannot run inside of itself. */
export function builtDashboard(): BuiltDashboard {
  const build = Bun.spawnSync([process.execPath, join(import.meta.dir, "build-dashboard.ts")]);
  if (build.exitCode !== 0) throw new Error(build.stderr.toString());
  return JSON.parse(build.stdout.toString());
}
