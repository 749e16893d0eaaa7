/**
 * How a thread of a faulty engine ends: by an exception or a rejection that nobody catches, by its own
 * exit; or how it hangs: in a loop, or in a wait that nothing ends.
 */
export const THREAD_FAULTS = ["throw", "reject", "exit", "spin", "block"] as const;

export type ThreadFault = (typeof THREAD_FAULTS)[number];

/** What `faulty-main.ts` is told, one a line of its standard input. */
export interface ThreadFaultOrder {
  /** The thread's name: `reclaimer`, `consumer-1`, `ingest-2`. */
  readonly child: string;
  readonly fault: ThreadFault;
}
