import { join } from "node:path";
import { emptyFolder } from "../../test/support/engine.ts";
import { pinned } from "../machine/pin.ts";

const SCRIPT = join(import.meta.dir, "batch-sender.ts");

export interface BatchLoad {
  readonly port: number;
  /** Batches per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** Sends batches at a constant rate from a process on these cores. Returns how many percent were accepted. */
export async function sendBatches(
  { port, rate, seconds }: BatchLoad,
  cores: string,
): Promise<number> {
  const command = [process.execPath, SCRIPT, ...[port, rate, seconds].map(String)];
  const child = Bun.spawn([...pinned(cores, command)], {
    // The watcher of its folder kills the child if this process exits.
    cwd: emptyFolder(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const accepted = Number(await child.stdout.text());
  if ((await child.exited) === 0) return (100 * accepted) / Math.round(rate * seconds);
  throw new Error("The sender of batches failed");
}
