import { QueueFlowError } from "../errors.ts";
import type { Key } from "./access-document.ts";
import { hashKey, kindOfKey } from "./key.ts";
import type { AccessRules } from "./rules.ts";

/**
 * Returns the key that a client gave.
 *
 * @throws QueueFlowError `key_malformed`, `key_unknown`, `key_revoked`, `key_expired`.
 */
export function authenticate(rules: AccessRules, text: string, nowMs: number): Key {
  const key = rules.keys.get(hashKey(text));
  if (key !== undefined) return expectInForce(rules, key, nowMs);
  // The text itself is a secret, or nearly one.
  const [code, came] =
    kindOfKey(text) === undefined
      ? (["key_malformed", "one with a typing error"] as const)
      : (["key_unknown", "one that does not exist"] as const);
  throw new QueueFlowError(code, `Expected a key of this server, got ${came}`);
}

/**
 * Returns the key as `rules` have it, which may be newer than those that it was found in.
 *
 * @throws QueueFlowError `key_unknown`, `key_revoked`, `key_expired`.
 */
export function expectInForce(rules: AccessRules, { hash }: Key, nowMs: number): Key {
  const key = rules.keys.get(hash);
  if (key === undefined) {
    throw new QueueFlowError("key_unknown", "Expected a key of this server, got a deleted one");
  }
  const { keyId, revokedAtMs, expiresAtMs } = key;
  if (revokedAtMs !== null) {
    throw new QueueFlowError("key_revoked", `Expected a key in force, got ${keyId}, revoked`);
  }
  if (expiresAtMs !== null && expiresAtMs <= nowMs) {
    throw new QueueFlowError("key_expired", `Expected a key in force, got ${keyId}, expired`);
  }
  return key;
}

export function isInForce({ revokedAtMs, expiresAtMs }: Key, nowMs: number): boolean {
  return revokedAtMs === null && (expiresAtMs === null || expiresAtMs > nowMs);
}
