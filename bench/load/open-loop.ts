import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { emptyFolder } from "../../test/support/engine.ts";
import { pinned } from "../machine/pin.ts";
import { eventBodiesFile } from "./event-bodies.ts";
import { type OpenLoop, OpenLoopResult } from "./open-loop-schema.ts";

const SCRIPT = join(import.meta.dir, "open-loop-main.ts");

/**
 * Sends `POST /event` at a constant rate from a process on these cores. No generator in Debian does this on half a core: `wrk`
 * and `hey` wait for a response before they send again, and so hide the cost of a stall; `autocannon` adds the hidden part by
 * calculation, and needs a core for 20,000 requests per second. This one waits in epoll_pwait2(2), which wakes it within
 * microseconds, where a JavaScript timer takes a millisecond. The figures of the bare server and `sendLagP99Ms` show its
 * limits.
 *
 * @throws Error when a request was refused or got no response.
 */
export async function sendAtRate(load: OpenLoop, cores: string): Promise<OpenLoopResult> {
  const command = [process.execPath, SCRIPT, JSON.stringify(load), await eventBodiesFile()];
  const child = Bun.spawn([...pinned(cores, command)], {
    // The watcher of its folder kills the child if this process exits.
    cwd: emptyFolder(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error("The generator failed");
  const result = Value.Parse(OpenLoopResult, JSON.parse(output));
  if (result.refused + result.unanswered === 0) return result;
  throw new Error(`Expected every event to be accepted, got ${JSON.stringify(result)}`);
}
