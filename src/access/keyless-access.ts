import type { Key } from "./access-document.ts";
import { closedBy } from "./closed.ts";

/** In words. */
export interface KeylessAccess {
  /** What everybody may do, as in "everybody may …". */
  readonly may: string;
  /** How to close it. */
  readonly todo: string;
}

const SITES_NAMED_MAX = 3;

/** Returns what needs no key; undefined when everything needs one. `access` is `ACCESS`. */
export function keylessAccess(
  access: "open" | "keys" | undefined,
  keys: readonly Pick<Key, "kind" | "siteId">[],
): KeylessAccess | undefined {
  switch (access) {
    case "keys":
      return undefined;
    case "open":
      return { may: mayDo([]), todo: "Unset ACCESS, and create keys with `queueflow keys create`" };
    case undefined:
      return { may: mayDo(keys), todo: todoBeside(keys) };
  }
}

function mayDo(keys: readonly Pick<Key, "kind" | "siteId">[]): string {
  const { writes, reads } = closedBy(keys);
  const write = `write to every site${exceptText([...writes].toSorted())}`;
  return reads ? write : `${write}${writes.size > 0 ? "," : ""} and read all numbers`;
}

function exceptText(sites: readonly string[]): string {
  if (sites.length === 0) return "";
  const more = sites.length - SITES_NAMED_MAX;
  const named = sites.slice(0, SITES_NAMED_MAX).join(", ");
  return ` except ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

function todoBeside(keys: readonly unknown[]): string {
  if (keys.length === 0) return "Create keys with `queueflow keys create`";
  return "Set ACCESS=keys once every client has a key";
}
