import type { AccessSource } from "../access/access-source.ts";
import type { Access } from "../access/rules.ts";
import { asQueueFlowError } from "../errors.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import { errorReply } from "../protocols/error-body.ts";
import type { Reply } from "../protocols/protocol.ts";
import { knownAccess } from "./access/identify.ts";

export interface ReplyParts {
  readonly access: AccessSource;
  readonly metrics: IngestMetrics;
}

/**
 * Returns the reply of `accept`, which never rejects, to a request with events, or the refusal that it throws. Not async, as each promise
 * in between costs a single event 1 % of its time.
 */
export function replyToEvents(
  accept: (access: Access) => Promise<Reply>,
  parts: ReplyParts,
): Promise<Reply> {
  const access = parts.access.current();
  if (access.kind !== "unknown") return replyWith(access);
  return knownAccess(parts.access).then(replyWith);

  function replyWith(known: Access): Promise<Reply> {
    try {
      return accept(known);
    } catch (thrown) {
      return Promise.resolve(refusedReply(thrown, parts));
    }
  }
}

/** Counts a request that is refused as a whole. */
export function refusedReply(thrown: unknown, { metrics }: Pick<ReplyParts, "metrics">): Reply {
  const error = asQueueFlowError(thrown);
  metrics.refused(error.code);
  return errorReply(error);
}
