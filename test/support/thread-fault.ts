/** A thread exits by an uncaught exception, an unhandled rejection or its own call, or hangs in a loop or an endless wait. */
export const THREAD_FAULTS = ["throw", "reject", "exit", "spin", "block"] as const;

export type ThreadFault = (typeof THREAD_FAULTS)[number];

/** A line of the standard input of `faulty-main.ts`. */
export interface ThreadFaultOrder {
  /** Such as `consumer-1`. */
  readonly child: string;
  readonly fault: ThreadFault;
}
