import { createInterface } from "node:readline";
import type { ThreadFaultOrder } from "./thread-fault.ts";

/**
 * The engine's own main in which every thread starts with `faulty-child.ts`, so that production code
 * knows nothing of faults. Each line of standard input is a `ThreadFaultOrder` for the thread that has
 * the name now; without such a thread it is passed over.
 */
const FAULTY_CHILD = new URL("./faulty-child.ts", import.meta.url);

const threads = new Map<string, Worker>();

globalThis.Worker = class extends Worker {
  constructor(_entry: string | URL, options?: WorkerOptions) {
    super(FAULTY_CHILD, options);
    threads.set(options?.name ?? "", this);
  }
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { child, fault } = JSON.parse(line) as ThreadFaultOrder;
  threads.get(child)?.postMessage({ type: "fault", fault });
});

await import("../../src/main.ts");
