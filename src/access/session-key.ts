import { EVERY_SITE, type Key } from "./access-document.ts";
import { isInForce } from "./authenticate.ts";
import type { AccessRules } from "./rules.ts";
import type { SessionSubject } from "./session.ts";

/** No client can present it: nothing has its hash. */
const OPERATOR: Key = {
  keyId: "",
  kind: "admin",
  siteId: EVERY_SITE,
  hash: "",
  expiresAtMs: null,
  revokedAtMs: null,
  limits: {},
};

/** Returns the key whose rights a session has; undefined once the key is revoked, expired or deleted, and for a link. */
export function sessionKey(
  rules: AccessRules,
  subject: SessionSubject,
  nowMs: number,
): Key | undefined {
  if (subject.kind === "operator") return OPERATOR;
  if (subject.kind === "share") return undefined;
  const key = rules.keys.get(subject.hash);
  return key !== undefined && isInForce(key, nowMs) ? key : undefined;
}
