import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { EVERY_SITE, type Key } from "./access-document.ts";
import { siteText } from "./closed.ts";
import type { AccessRules } from "./rules.ts";

/**
 * `siteId` is `EVERY_SITE` for what is about the whole engine.
 *
 * @throws QueueFlowError `key_required`, `wrong_kind`, `wrong_site`.
 */
export function expectReader(rules: AccessRules, key: Key | undefined, siteId: string): void {
  if (key === undefined) {
    if (areReadsOpen(rules)) return;
    const message = `Expected a read key of ${siteText(siteId)}, got no key`;
    throw new QueueFlowError("key_required", message);
  }
  expectReadingKind(key);
  expectSite(key, siteId);
}

/**
 * Returns the site that the key reads, or `EVERY_SITE`.
 *
 * @throws QueueFlowError `key_required`, `wrong_kind`.
 */
export function readableSite(rules: AccessRules, key: Key | undefined): string {
  if (key !== undefined) {
    expectReadingKind(key);
    return key.siteId;
  }
  if (areReadsOpen(rules)) return EVERY_SITE;
  throw new QueueFlowError("key_required", "Expected a read key, got no key");
}

/** Whether the details of the engine's health may be shown, which name no site. */
export function mayReadHealth(rules: AccessRules, key: Key | undefined): boolean {
  if (key === undefined) return areReadsOpen(rules);
  expectReadingKind(key);
  return true;
}

/**
 * Returns what the key administers: a site or `EVERY_SITE`. It is needed also while reads are open, since a stranger could else
 * lock out the owner.
 *
 * @throws QueueFlowError `key_required`, `wrong_kind`.
 */
export function administeredSite(key: Key | undefined): string {
  if (key === undefined) {
    throw new QueueFlowError("key_required", "Expected an admin key, got no key");
  }
  if (key.kind === "admin") return key.siteId;
  throw new QueueFlowError("wrong_kind", `Expected an admin key, got a ${key.kind} key`);
}

export function areReadsOpen({ closed, isAllClosed }: AccessRules): boolean {
  return !isAllClosed && !closed.reads;
}

/** @throws QueueFlowError `wrong_kind`. */
export function expectReadingKind({ kind }: Key): void {
  if (kind === "read" || kind === "admin") return;
  throw new QueueFlowError("wrong_kind", `Expected a read or admin key, got a ${kind} key`);
}

function expectSite(key: Key, siteId: string): void {
  if (key.siteId === EVERY_SITE || key.siteId === siteId) return;
  const message = `Expected a key of ${siteText(siteId)}, got one of ${describeValue(key.siteId)}`;
  throw new QueueFlowError("wrong_site", message);
}
