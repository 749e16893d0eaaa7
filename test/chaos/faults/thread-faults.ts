import { THREAD_FAULTS, type ThreadFault } from "../../support/thread-fault.ts";
import type { World } from "../world.ts";
import { type FaultKind, MOMENT } from "./fault-kind.ts";

/** The threads of the engines in `world.ts`. */
export const THREADS = [
  "reclaimer",
  "consumer-1",
  "consumer-2",
  "packer",
  "report-1",
  "ingest-1",
  "ingest-2",
] as const;

/** Faults of the engine's threads. An engine without the thread ignores them. */
export const THREAD_FAULT_KINDS: readonly FaultKind[] = THREADS.flatMap((child) =>
  THREAD_FAULTS.map((fault: ThreadFault) => ({
    name: `thread fault: ${fault} in ${child}`,
    target: "threads" as const,
    weight: 1,
    lastsMs: MOMENT,
    begin: async ({ engine }: World) => {
      engine.strike(child, fault);
      return undefined;
    },
  })),
);
