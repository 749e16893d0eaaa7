import { THREAD_FAULTS, type ThreadFault } from "../../support/thread-fault.ts";
import type { World } from "../world.ts";
import { type FaultKind, MOMENT } from "./fault-kind.ts";

/** The threads of an engine with the threads that the world gives it. */
export const THREADS = ["reclaimer", "consumer-1", "consumer-2", "ingest-1", "ingest-2"] as const;

/** What befalls the threads of the engine, those of them that it has. */
export const THREAD_FAULT_KINDS: readonly FaultKind[] = THREADS.flatMap((child) =>
  THREAD_FAULTS.map((fault: ThreadFault) => ({
    name: `${child} shall ${fault}`,
    target: "threads" as const,
    weight: 1,
    lastsMs: MOMENT,
    begin: async ({ engine }: World) => {
      engine.strike(child, fault);
      return undefined;
    },
  })),
);
