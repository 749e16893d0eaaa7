import type { Key } from "../../access/access-document.ts";
import type { AccessSource } from "../../access/access-source.ts";
import { accessUnknown } from "../../access/access-unknown.ts";
import { authenticate } from "../../access/authenticate.ts";
import { expectReader } from "../../access/may-read.ts";
import { expectWriter, type Use } from "../../access/may-write.ts";
import type { Access, AccessRules } from "../../access/rules.ts";
import type { ClientAddresses } from "../client-address.ts";
import { keyOfSession, type SessionParts } from "../sessions/session-of.ts";
import { presentedKey } from "./presented-key.ts";
import { RequestSender } from "./request-sender.ts";

export interface AccessParts extends SessionParts {
  readonly access: AccessSource;
  readonly addresses: ClientAddresses;
}

/** Events take no session: a page of another site could send some by a browser that is signed in. */
export type SenderParts = Omit<AccessParts, keyof SessionParts>;

export interface SenderQuestion {
  readonly access: Access;
  readonly use: Use;
  /** Returns the text of the sender's key. */
  readonly keyOf?: (request: Request) => string | undefined;
}

/**
 * Returns who sends events, undefined while nothing is asked.
 *
 * @throws QueueFlowError of 401 or 403; `access_unknown`.
 */
export function identifySender(
  request: Request,
  { access, use, keyOf = presentedAnywhere }: SenderQuestion,
  parts: SenderParts,
): RequestSender | undefined {
  if (access.kind === "open") return undefined;
  if (access.kind === "unknown") throw accessUnknown();
  const checked = { use, key: checkedKey(keyOf(request), access, parts) };
  expectWriter(access, checked);
  const sender = new RequestSender(request, checked, parts.addresses);
  if (access.excludesNetworks) sender.rememberAddress();
  return sender;
}

/**
 * Returns the key that reads a site, or with `EVERY_SITE` what is about the whole engine, if any. Without a site only the key is
 * checked.
 *
 * @throws QueueFlowError of 401 or 403; `access_unknown`.
 */
export async function admitReader(
  request: Request,
  siteId: string | undefined,
  parts: AccessParts,
): Promise<Key | undefined> {
  const reader = await identifyReader(request, parts);
  if (reader !== undefined && siteId !== undefined) {
    expectReader(reader.rules, reader.key, siteId);
  }
  return reader?.key;
}

/**
 * Returns who reads or administers, by a key or else by the session of a browser; undefined while nothing is asked.
 *
 * @throws QueueFlowError of 401; `wrong_origin` for a change by a session; `access_unknown`.
 */
export async function identifyReader(
  request: Request,
  parts: AccessParts,
): Promise<{ readonly rules: AccessRules; readonly key: Key | undefined } | undefined> {
  const rules = await knownAccess(parts.access);
  if (rules.kind === "open") return undefined;
  if (rules.kind === "unknown") throw accessUnknown();
  const text = presentedKey(request, { mayBeInQuery: false });
  const key =
    text === undefined ? await keyOfSession(request, rules, parts) : checkedKey(text, rules, parts);
  return { rules, key };
}

/** Asks Redis at once when nothing is known, so that an engine that has just started accepts its first request. */
export async function knownAccess(access: AccessSource): Promise<Access> {
  const current = access.current();
  return current.kind === "unknown" ? await access.refresh() : current;
}

function presentedAnywhere(request: Request): string | undefined {
  return presentedKey(request, { mayBeInQuery: true });
}

function checkedKey(
  text: string | undefined,
  rules: AccessRules,
  parts: SenderParts,
): Key | undefined {
  if (text === undefined) return undefined;
  const key = authenticate(rules, text, Date.now());
  parts.access.noteUse(key.keyId);
  return key;
}
