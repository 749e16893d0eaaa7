import type { EventRequest } from "../../accept/accept-events.ts";
import type { Use } from "../../access/may-write.ts";
import { ownSiteOf } from "../../access/own-site.ts";
import type { Access } from "../../access/rules.ts";
import { admitClient, type LimitParts, limitingRefusals } from "../admit-client.ts";
import { identifySender, type SenderParts } from "./identify.ts";

/**
 * Returns who sends events, and takes the request from the limits of who that is.
 *
 * @throws QueueFlowError of 401, 403 or 429; `access_unknown`.
 */
export function admitSender(
  request: Request,
  { access, use }: { readonly access: Access; readonly use: Use },
  parts: SenderParts & LimitParts,
): Pick<EventRequest, "sender" | "client"> {
  const sender = limitingRefusals(request, parts, () =>
    identifySender(request, { access, use }, parts),
  );
  const key = sender?.key;
  const keyId = key?.keyId;
  return {
    sender,
    client: admitClient(request, { keyId, siteId: ownSiteOf(key) }, parts),
  };
}
