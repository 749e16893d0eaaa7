import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { configured, projectFile, ROOT } from "./project-files.ts";

const UNIT = "ops/systemd/queueflow.service";
/** Of systemd's scale from 0 to 10, where 2 or less is "OK"; in tenths. */
const EXPOSURE_MAX = "15";
const EMBEDDED_STOP_MS_MAX = 13_000;

const isInstalled = Bun.which("systemd-analyze") !== null;
if (!isInstalled) console.log(`SKIPPED: the checks of ${UNIT}, because systemd-analyze is missing`);

describe(UNIT, () => {
  test.skipIf(!isInstalled)("passes systemd-analyze verify", () => {
    const path = join(temporaryFolder("systemd"), "queueflow.service");
    // The executable must exist.
    const text = projectFile(UNIT).replace("/usr/local/bin/queueflow", process.execPath);
    writeFileSync(path, text);
    expect(analyze("verify", path)).toEqual([0, ""]);
  });

  test.skipIf(!isInstalled)("is confined, as systemd-analyze security says", () => {
    const options = ["--offline=true", `--threshold=${EXPOSURE_MAX}`];
    const [exitCode, output] = analyze("security", ...options, join(ROOT, UNIT));
    expect(exitCode, output).toBe(0);
  });

  test("allows a stop more time than the engine's own limits", () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)s$/m.exec(projectFile(UNIT)) ?? [];
    const { shutdownTimeoutMs } = configured({});
    expect(Number(seconds) * 1_000).toBeGreaterThan(shutdownTimeoutMs + EMBEDDED_STOP_MS_MAX);
  });
});

function analyze(...args: readonly string[]): readonly [exitCode: number, output: string] {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", "--no-pager", ...args]);
  return [exitCode, `${stdout.toString()}${stderr.toString()}`];
}
