import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { emptyFolder } from "../../test/support/engine.ts";
import { pinned } from "../machine/pin.ts";
import { eventBodiesFile } from "./event-bodies.ts";
import { type OpenLoop, OpenLoopResult } from "./open-loop-schema.ts";

const SCRIPT = join(import.meta.dir, "open-loop-main.ts");

/**
 * Sends `POST /event` at a constant rate, from a process of its own on these cores.
 *
 * The generator is our own, because none in Debian does this on half a core: `wrk` and `hey` wait for an
 * answer before they send again, and so hide what a stall costs; `autocannon` does the same and adds the hidden part
 * by arithmetic, and a rate of 20,000 fills its core. This one waits in epoll_pwait2(2), which wakes it
 * within microseconds where a JavaScript timer takes a millisecond. What it can do shows in the bare server's
 * figures and in `sendLagP99Ms`.
 *
 * @throws Error when anything was refused or not answered.
 */
export async function sendAtRate(load: OpenLoop, cores: string): Promise<OpenLoopResult> {
  const command = [process.execPath, SCRIPT, JSON.stringify(load), await eventBodiesFile()];
  const child = Bun.spawn([...pinned(cores, command)], {
    // Whatever happens to this process, the watcher of the folder ends the child.
    cwd: emptyFolder(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error("The generator failed");
  const result = Value.Parse(OpenLoopResult, JSON.parse(output));
  if (result.refused + result.unanswered === 0) return result;
  throw new Error(`Expected every event to be accepted, got ${JSON.stringify(result)}`);
}
