import { timingSafeEqual } from "node:crypto";
import { type Static, Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { HOUR_MS } from "../event/day.ts";

const SESSION_MS = 12 * HOUR_MS;
const SECRET_BYTES = 32;
/** Longer than every session that this engine signs. */
const TEXT_CHARACTERS_MAX = 512;

/** Whose rights a session has. */
export const SessionSubject = Type.Union([
  Type.Object({ kind: Type.Literal("key"), hash: Type.String() }),
  /** Who runs commands on the engine's servers: an administrator of every site. */
  Type.Object({ kind: Type.Literal("operator") }),
  /** Who gave the password of a public link: may read its site through the link, and nothing else. */
  Type.Object({ kind: Type.Literal("share"), hash: Type.String() }),
]);
export type SessionSubject = Static<typeof SessionSubject>;

const Session = Type.Object({
  id: Type.String(),
  expiresAtMs: Type.Number(),
  subject: SessionSubject,
});
export type Session = Static<typeof Session>;

const sessionShape = TypeCompiler.Compile(Session);

export function newSession(subject: SessionSubject, nowMs: number): Session {
  return { id: randomText(), expiresAtMs: nowMs + SESSION_MS, subject };
}

/** Returns 256 random bits, for secrets and tokens. */
export function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("base64url");
}

/** Returns the session as a cookie carries it: whoever has the secret can open it and tell it from a forged one. */
export function signSession(session: Session, secret: string): string {
  const payload = Buffer.from(JSON.stringify(session)).toString("base64url");
  return `${payload}.${signatureOf(payload, secret).toString("base64url")}`;
}

/** Returns undefined for a forged or expired session. */
export function openSession(text: string, secret: string, nowMs: number): Session | undefined {
  const [payload = "", signature = "", ...others] = text.split(".");
  if (text.length > TEXT_CHARACTERS_MAX || others.length > 0) return undefined;
  const expected = signatureOf(payload, secret);
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const session: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
  // A newer engine may sign what this one does not know.
  if (!sessionShape.Check(session)) return undefined;
  return session.expiresAtMs > nowMs ? session : undefined;
}

function signatureOf(payload: string, secret: string): Buffer {
  return new Bun.CryptoHasher("sha256", secret).update(payload).digest();
}
