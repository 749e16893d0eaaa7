import { expect, test } from "bun:test";
import { join } from "node:path";

const TIMEOUT_MS = 400_000;
/** Any would do; this one has most kinds of fault within the time. */
const SEED = 2_513;
const MINUTES = 0.75;

test(
  "the engine loses and doubles nothing under a random schedule of faults, of a fixed seed",
  async () => {
    const main = join(import.meta.dir, "..", "chaos", "main.ts");
    const child = Bun.spawn(
      [process.execPath, main, "--seed", String(SEED), "--minutes", String(MINUTES)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const history = await child.stdout.text();
    // The history of a round that failed is what there is to know of it.
    if ((await child.exited) !== 0) console.log(history);
    expect(child.exitCode).toBe(0);
  },
  TIMEOUT_MS,
);
