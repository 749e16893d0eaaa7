import { newSession, randomText, type Session, type SessionSubject } from "../access/session.ts";
import { QueueFlowError } from "../errors.ts";
import { listKeys } from "../store/access/keys.ts";
import { storeEndedSession, storeSessionSecret } from "../stream/access/session-store.ts";
import { storeSignInToken, takeSignInToken } from "../stream/access/sign-in-tokens.ts";
import type { AccessServers } from "./access-servers.ts";

export const SIGN_IN_TOKEN_S = 300;

type SessionServers = Pick<AccessServers, "redis" | "stream">;

/** Returns a token that signs in once, within `SIGN_IN_TOKEN_S`. @throws QueueFlowError `stream_unavailable`. */
export async function newSignInToken(
  { redis, stream }: SessionServers,
  subject: SessionSubject,
): Promise<string> {
  const token = randomText();
  await storeSignInToken(redis, stream, { token, subject, forS: SIGN_IN_TOKEN_S });
  return token;
}

/** Returns whose session a key's link begins; undefined for an unknown key. @throws errors of the database. */
export async function subjectOfKey(
  { database }: Pick<AccessServers, "database">,
  keyId: string,
): Promise<SessionSubject | undefined> {
  const keys = await listKeys(database);
  const key = keys.find((each) => each.keyId === keyId);
  return key === undefined ? undefined : { kind: "key", hash: key.hash };
}

/** Begins a session with a token. @throws QueueFlowError `key_unknown` when it was used, has expired or never was. */
export async function redeemSignInToken(
  { redis, stream }: SessionServers,
  token: string,
): Promise<Session> {
  const subject = await takeSignInToken(redis, stream, token);
  if (subject !== undefined) return newSession(subject, Date.now());
  const message =
    "Expected a link to sign in that was not used yet and is at most 5 minutes old, got another: `queueflow dashboard` prints a new one";
  throw new QueueFlowError("key_unknown", message);
}

/** Ends a session, in every thread within a second. @throws QueueFlowError `stream_unavailable`. */
export async function endSession(
  { redis, stream }: SessionServers,
  session: Session,
): Promise<void> {
  await storeEndedSession(redis, stream, session);
}

/** Ends all sessions, by another secret. @throws QueueFlowError `stream_unavailable`. */
export async function endAllSessions({ redis, stream }: SessionServers): Promise<void> {
  await storeSessionSecret(redis, stream, randomText());
}
