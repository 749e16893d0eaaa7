import type { Share } from "../../access/access-document.ts";
import { accessUnknown } from "../../access/access-unknown.ts";
import { hashKey } from "../../access/key.ts";
import { QueueFlowError } from "../../errors.ts";
import { type AccessParts, knownAccess } from "../access/identify.ts";
import { admitClient, type LimitParts } from "../admit-client.ts";
import { linkCookie } from "../sessions/session-cookie.ts";
import { sessionsOf } from "../sessions/session-of.ts";

/** Browsers send it from the page itself only: pages of other sites would have to ask first. */
const HEADER = "X-Share-Link";

/**
 * Returns the public link that the request comes by, and takes the request from the limits of its site and address. Guessing links must
 * not be free.
 *
 * @throws QueueFlowError `link_unknown`, `password_required`, `rate_limited`, `access_unknown`.
 */
export async function admitByLink(
  request: Request,
  parts: AccessParts & LimitParts,
  { asksPassword = true }: { readonly asksPassword?: boolean } = {},
): Promise<Share> {
  try {
    const share = await linkOf(request, parts);
    if (asksPassword) await expectPassword(request, share, parts);
    admitClient(request, { siteId: share.siteId }, parts);
    return share;
  } catch (error) {
    if (!(error instanceof QueueFlowError) || error.status < 429) admitClient(request, {}, parts);
    throw error;
  }
}

/** Rejects once a link that was admitted is revoked, or the session of its password is over. */
export async function expectStillAdmitted(request: Request, parts: AccessParts): Promise<void> {
  await expectPassword(request, await linkOf(request, parts), parts);
}

async function linkOf({ headers }: Request, parts: AccessParts): Promise<Share> {
  const text = headers.get(HEADER);
  const share = text === null ? undefined : await findLink(text, parts);
  if (share !== undefined) return share;
  const came = text === null ? "none" : "one that does not exist";
  const message = `Expected ${HEADER} to have the token of a public link in force, got ${came}`;
  throw new QueueFlowError("link_unknown", message);
}

/** With `ACCESS=open` no thread knows any link. @throws QueueFlowError `access_unknown`. */
export async function findLink(text: string, { access }: AccessParts): Promise<Share | undefined> {
  const rules = await knownAccess(access);
  if (rules.kind === "unknown") throw accessUnknown();
  return rules.kind === "rules" ? rules.shares.get(hashKey(text)) : undefined;
}

async function expectPassword(request: Request, share: Share, parts: AccessParts): Promise<void> {
  if (share.passwordHash === null) return;
  const sessions = await sessionsOf(request, parts, linkCookie(share.shareId));
  if (sessions.some(({ subject }) => subject.kind === "share" && subject.hash === share.hash)) {
    return;
  }
  const message = "Expected a browser that gave the password of the link, got another";
  throw new QueueFlowError("password_required", message);
}
