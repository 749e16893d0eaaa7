import { expect, test } from "bun:test";
import { join } from "node:path";

const TIMEOUT_MS = 400_000;
/** Its schedule has most kinds of fault, and commits that hang, a packer and a report thread that fail. */
const SEED = 18_438;
const MINUTES = 0.5;

test(
  "stores every event once under random faults",
  async () => {
    const main = join(import.meta.dir, "..", "chaos", "main.ts");
    const child = Bun.spawn(
      [process.execPath, main, "--seed", String(SEED), "--minutes", String(MINUTES)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const history = await child.stdout.text();
    // The history shows what led to the failure.
    if ((await child.exited) !== 0) console.log(history);
    expect(child.exitCode).toBe(0);
  },
  TIMEOUT_MS,
);
