import type { ErrorCode, QueueFlowError } from "../errors.ts";
import type { ParseContext, ParsedEvent } from "../event/parse-event.ts";

/** What became of one event of a request. */
export type EventOutcome =
  | { readonly kind: "accepted"; readonly eventId: string }
  /** With an id, the event is valid and can be sent again under it. */
  | { readonly kind: "refused"; readonly error: QueueFlowError; readonly eventId?: string };

/** A response in the words of a protocol. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Absent when the request was accepted. */
  readonly error?: ErrorCode;
}

/** How clients of one kind send events, and how they are answered. Pure. */
export interface Protocol {
  /** @throws QueueFlowError when the body as a whole cannot be parsed. */
  readonly parse: (body: Uint8Array, context: ParseContext) => readonly ParsedEvent[];
  /** The outcomes are in the order of the events. */
  readonly reply: (outcomes: readonly EventOutcome[]) => Reply;
  /** For a request that was refused as a whole. */
  readonly refuse: (error: QueueFlowError) => Reply;
}
