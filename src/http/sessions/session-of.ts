import type { Key } from "../../access/access-document.ts";
import type { AccessRules } from "../../access/rules.ts";
import { openSession, type Session } from "../../access/session.ts";
import { sessionKey } from "../../access/session-key.ts";
import type { SessionSource } from "../../access/session-source.ts";
import { expectOwnOrigin } from "./own-origin.ts";
import { sessionCookies } from "./session-cookie.ts";

export interface SessionParts {
  readonly sessions: SessionSource;
}

const SAFE_METHODS: readonly string[] = ["GET", "HEAD"];

/**
 * Returns the key whose rights the request's session has, if any. A session that is over is none, so that its browser is asked to sign
 * in. Costs 10 µs: streams ask again and again.
 *
 * @throws QueueFlowError `wrong_origin` for a change that another site's page asks for.
 */
export async function keyOfSession(
  request: Request,
  rules: AccessRules,
  parts: SessionParts,
): Promise<Key | undefined> {
  const found = sessionInForce(await sessionsOf(request, parts), rules);
  if (found !== undefined && !SAFE_METHODS.includes(request.method)) expectOwnOrigin(request);
  return found?.key;
}

/** Returns the first session whose key is in force: a browser may send older ones beside it. */
export function sessionInForce(
  sessions: readonly Session[],
  rules: AccessRules,
): { readonly session: Session; readonly key: Key } | undefined {
  for (const session of sessions) {
    const key = sessionKey(rules, session.subject, Date.now());
    if (key !== undefined) return { session, key };
  }
  return undefined;
}

/** Returns the sessions that the request has in `cookie`, without those that are forged or over. */
export async function sessionsOf(
  request: Request,
  { sessions }: SessionParts,
  cookie?: string,
): Promise<readonly Session[]> {
  const texts = sessionCookies(request, cookie);
  if (texts.length === 0) return [];
  const secret = await knownSecret(sessions);
  if (secret === undefined) return [];
  return texts.flatMap((text) => {
    const session = openSession(text, secret, Date.now());
    return session === undefined || sessions.isEnded(session.id) ? [] : [session];
  });
}

/** Asks Redis at once when the secret is not known yet. */
export async function knownSecret(sessions: SessionSource): Promise<string | undefined> {
  if (sessions.secret() === undefined) await sessions.refresh();
  return sessions.secret();
}
