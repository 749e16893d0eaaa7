import { EVERY_SITE, type Key } from "./access-document.ts";

/** What needs a key because one of its kind exists. */
export interface Closed {
  /** Sites whose writes need a key. */
  readonly writes: ReadonlySet<string>;
  /** Sites whose events from browsers need a key. */
  readonly collects: ReadonlySet<string>;
  readonly reads: boolean;
}

/** In words. */
export const ALL_READS = "reading and administering every site";

type KeyClass = Pick<Key, "kind" | "siteId">;

/** Revoked and expired keys count as well: a site must not open because its last key ended. */
export function closedBy(keys: readonly KeyClass[]): Closed {
  const sitesOf = (...kinds: readonly Key["kind"][]) =>
    new Set(keys.filter(({ kind }) => kinds.includes(kind)).map(({ siteId }) => siteId));
  return {
    writes: sitesOf("write"),
    collects: sitesOf("write", "browser"),
    reads: keys.some(({ kind }) => kind === "read" || kind === "admin"),
  };
}

/** Returns in words what `key` closes, or opens when it goes; empty when others of its kind do the same. */
export function closedOnlyBy(key: KeyClass, others: readonly KeyClass[]): readonly string[] {
  const before = closedBy(others);
  const after = closedBy([...others, key]);
  const { siteId } = key;
  return [
    ...(after.writes.has(siteId) && !before.writes.has(siteId) ? [`writing to ${siteId}`] : []),
    ...(after.collects.has(siteId) && !before.collects.has(siteId)
      ? [`sending to ${siteId} from browsers`]
      : []),
    ...(after.reads && !before.reads ? [ALL_READS] : []),
  ];
}

/** In words, for lists and questions. */
export function siteText(siteId: string): string {
  return siteId === EVERY_SITE ? "every site" : siteId;
}
