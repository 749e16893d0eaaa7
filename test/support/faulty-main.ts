import { createInterface } from "node:readline";
import type { ThreadFault, ThreadFaultOrder } from "./thread-fault.ts";

/**
 * The engine's entry, with `faulty-child.ts` as the entry of every thread. Each line of standard input is a `ThreadFaultOrder`
 * for the thread of that name, or for the next one while that thread is restarting.
 */
const FAULTY_CHILD = new URL("./faulty-child.ts", import.meta.url);

const threads = new Map<string, Worker>();
const waiting = new Map<string, ThreadFault>();

globalThis.Worker = class extends Worker {
  constructor(_entry: string | URL, options?: WorkerOptions) {
    super(FAULTY_CHILD, options);
    const name = options?.name ?? "";
    threads.set(name, this);
    this.addEventListener("close", () => threads.delete(name));
    const fault = waiting.get(name);
    waiting.delete(name);
    if (fault !== undefined) strike(this, fault);
  }
};

function strike(thread: Worker, fault: ThreadFault): void {
  thread.postMessage({ type: "fault", fault });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { child, fault } = JSON.parse(line) as ThreadFaultOrder;
  const thread = threads.get(child);
  if (thread === undefined) waiting.set(child, fault);
  else strike(thread, fault);
});

await import("../../src/main.ts");
