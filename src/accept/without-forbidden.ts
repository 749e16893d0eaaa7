import type { AccessSource } from "../access/access-source.ts";
import { accessUnknown } from "../access/access-unknown.ts";
import { expectInForce } from "../access/authenticate.ts";
import { ExcludedError } from "../access/excluded-error.ts";
import { type Sender, writeRefusal } from "../access/may-write.ts";
import type { QueueFlowError } from "../errors.ts";
import type { ReadEvent } from "../protocols/protocol.ts";

type WrittenEvent = Extract<ReadEvent, { readonly kind: "event" | "dropped" }>;

export interface EventSender extends Sender {
  readonly agent: string | null;
}

/**
 * Returns the events, with an error in place of each that its sender may not send; what a browser sends and its site leaves out is
 * dropped. The body may have taken seconds to arrive, so the key is checked again.
 *
 * @throws QueueFlowError `key_unknown`, `key_revoked`, `key_expired`, `access_unknown`.
 */
export function withoutForbidden(
  events: readonly ReadEvent[],
  sender: EventSender,
  access: Pick<AccessSource, "current" | "noteKeyless">,
): readonly ReadEvent[] {
  const rules = access.current();
  if (rules.kind === "open") return events;
  if (rules.kind === "unknown") throw accessUnknown();
  const { key } = sender;
  if (key !== undefined) expectInForce(rules, key, Date.now());
  let notedSite: string | undefined;
  let allowed: ReadEvent[] | undefined;
  for (const [i, read] of events.entries()) {
    if (read.kind !== "event" && read.kind !== "dropped") continue;
    const { siteId } = read.event;
    const error = writeRefusal(rules, sender, read.event);
    if (error !== undefined) {
      allowed ??= [...events];
      allowed[i] = unwanted(read, error, sender);
    } else if (key === undefined && siteId !== notedSite) {
      access.noteKeyless(siteId, sender.agent);
      notedSite = siteId;
    }
  }
  return allowed ?? events;
}

/** A browser that its site leaves out has made no mistake. */
function unwanted(
  read: WrittenEvent,
  error: QueueFlowError,
  { use }: Pick<Sender, "use">,
): ReadEvent {
  if (use === "writes" || !(error instanceof ExcludedError)) return { kind: "forbidden", error };
  const reason = read.kind === "dropped" ? read.reason : (`excluded_${error.rule}` as const);
  return { kind: "dropped", event: read.event, reason };
}
