import type { DeadEvent } from "./insert-dead-events.ts";

/** An entry that was set aside, as the table has it. */
export interface StoredDeadEvent extends DeadEvent {
  /** Its number in the table, in digits: it may be too large for a number. */
  readonly id: string;
  readonly diedAt: Date;
}
