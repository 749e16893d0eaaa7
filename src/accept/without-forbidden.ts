import type { AccessSource } from "../access/access-source.ts";
import { accessUnknown } from "../access/access-unknown.ts";
import { expectInForce } from "../access/authenticate.ts";
import { type Sender, writeRefusal } from "../access/may-write.ts";
import type { ReadEvent } from "../protocols/protocol.ts";

export interface EventSender extends Sender {
  readonly agent: string | null;
}

/**
 * Returns the events, with an error in place of each that its sender may not send. The body may have taken seconds to arrive, so the
 * key is checked again.
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
    if (read.kind !== "event") continue;
    const { siteId } = read.event;
    const error = writeRefusal(rules, sender, read.event);
    if (error !== undefined) {
      allowed ??= [...events];
      allowed[i] = { kind: "forbidden", error };
    } else if (key === undefined && siteId !== notedSite) {
      access.noteKeyless(siteId, sender.agent);
      notedSite = siteId;
    }
  }
  return allowed ?? events;
}
