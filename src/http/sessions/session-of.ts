import type { Key } from "../../access/access-document.ts";
import type { AccessRules } from "../../access/rules.ts";
import { openSession, type Session } from "../../access/session.ts";
import { sessionKey } from "../../access/session-key.ts";
import type { SessionSource } from "../../access/session-source.ts";
import { expectOwnOrigin } from "./own-origin.ts";
import { sessionCookie } from "./session-cookie.ts";

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
  const session = await sessionOf(request, parts);
  if (session === undefined) return undefined;
  const key = sessionKey(rules, session.subject, Date.now());
  if (key !== undefined && !SAFE_METHODS.includes(request.method)) expectOwnOrigin(request);
  return key;
}

/** Returns the session that the request has, unless it is forged or over. */
export async function sessionOf(
  request: Request,
  { sessions }: SessionParts,
): Promise<Session | undefined> {
  const text = sessionCookie(request);
  if (text === undefined) return undefined;
  const secret = await knownSecret(sessions);
  const session = secret === undefined ? undefined : openSession(text, secret, Date.now());
  return session === undefined || sessions.isEnded(session.id) ? undefined : session;
}

/** Asks Redis at once when the secret is not known yet. */
export async function knownSecret(sessions: SessionSource): Promise<string | undefined> {
  if (sessions.secret() === undefined) await sessions.refresh();
  return sessions.secret();
}
