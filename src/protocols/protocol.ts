import type { DropReason } from "../collect/drop-reason.ts";
import type { ErrorCode, QueueFlowError } from "../errors.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { FieldProblems, ParseContext, ParsedEvent } from "../event/parse-event.ts";

/** An event of a request; without an object to parse, only an error. */
export type ReadEvent =
  | ParsedEvent
  | { readonly kind: "unreadable"; readonly error: QueueFlowError }
  /** Valid, and not allowed. */
  | { readonly kind: "forbidden"; readonly error: QueueFlowError }
  /** Valid, and not wanted. */
  | {
      readonly kind: "dropped";
      readonly event: AnalyticsEvent;
      readonly reason: DropReason;
      readonly ignored?: FieldProblems;
    };

export type EventOutcome =
  | {
      /** A duplicate has the same event before it in the request. */
      readonly kind: "accepted" | "duplicate";
      readonly eventId: string;
      readonly ignored?: FieldProblems | undefined;
    }
  /** Consumers have set it aside. */
  | {
      readonly kind: "dead";
      readonly eventId: string;
      readonly reason: string;
      readonly ignored?: FieldProblems | undefined;
    }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly eventId?: undefined;
      readonly ignored?: undefined;
    }
  /** With an id, the event is valid and can be sent again. */
  | { readonly kind: "refused"; readonly error: QueueFlowError; readonly eventId?: string };

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Absent when the request was accepted. */
  readonly error?: ErrorCode;
  /** Absent when the event is wanted. */
  readonly dropped?: DropReason;
  readonly retryAfterS?: number | undefined;
}

export interface Protocol {
  /** @throws QueueFlowError when the body as a whole cannot be parsed. */
  readonly parse: (
    body: Uint8Array,
    context: ParseContext,
  ) => readonly ReadEvent[] | Promise<readonly ReadEvent[]>;
  /** `outcomes` are in the order of the events. `isStored` tells that all accepted ones are in the tables. */
  readonly reply: (outcomes: readonly EventOutcome[], isStored: boolean) => Reply;
  /** Responds to a request that was refused as a whole. */
  readonly refuse: (error: QueueFlowError) => Reply;
}
