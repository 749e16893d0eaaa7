import { EVERY_SITE } from "../../src/access/access-document.ts";
import type { Path } from "../../src/paths.ts";
import type { PresentedKey } from "./presented-keys.ts";
import { type RouteRow, SITE } from "./route-rows.ts";

/** `admitted`, or `brief` for a health report that says nothing but its status, or the code of an error. */
export type Outcome = string;

/** What the engine knows: keys, that there are none, nothing yet, or that it need not ask. */
export type Access = "keys" | "no keys" | "unknown" | "open";

export type Listener = "whole" | "public" | "operate";

const FOR_OPERATORS: readonly Path[] = ["/health", "/metrics", "/swagger", "/swagger/json"];
const PROBES: readonly Path[] = ["/health/live", "/health/ready"];

/** Whether a listener has the route, as docs/configuration.md promises. */
export function isServed(path: Path, listener: Listener): boolean {
  if (listener === "whole" || PROBES.includes(path)) return true;
  return FOR_OPERATORS.includes(path) === (listener === "operate");
}

/** Returns what docs/access.md promises. */
export function expectedOutcome(row: RouteRow, given: PresentedKey, access: Access): Outcome {
  if (row.path === "/health/ready" && access === "unknown") return "access_unknown";
  if (row.rule === "asks nothing") return "admitted";
  // No key stands for a link.
  if (row.rule === "asks a link") return "link_unknown";
  if (access === "open") return administers(row) ? "key_required" : "admitted";
  if (access === "unknown") return row.rule === "health" ? "brief" : "access_unknown";
  if (given.state === "none") return withoutKey(row, access);
  if (given.state === "malformed") return "key_malformed";
  if (given.state === "unknown" || access === "no keys") return "key_unknown";
  if (given.state !== "in force") return `key_${given.state}`;
  return byKindAndSite(row, given);
}

function administers({ rule }: RouteRow): boolean {
  return rule.startsWith("administers");
}

function withoutKey(row: RouteRow, access: "keys" | "no keys"): Outcome {
  if (access === "no keys") return administers(row) ? "key_required" : "admitted";
  return row.rule === "health" ? "brief" : "key_required";
}

function byKindAndSite({ rule }: RouteRow, { kind = "write", siteId }: PresentedKey): Outcome {
  switch (rule) {
    case "asks nothing":
    case "asks a link":
      return "admitted";
    case "writes":
      if (kind !== "write" && kind !== "admin") return "wrong_kind";
      return siteId === SITE || siteId === EVERY_SITE ? "admitted" : "wrong_site";
    case "collects":
      if (kind !== "write" && kind !== "browser") return "wrong_kind";
      return siteId === SITE ? "admitted" : "wrong_site";
    case "health":
      return kind === "read" || kind === "admin" ? "admitted" : "wrong_kind";
    case "reads":
      if (kind !== "read" && kind !== "admin") return "wrong_kind";
      return siteId === SITE || siteId === EVERY_SITE ? "admitted" : "wrong_site";
    case "reads engine":
      if (kind !== "read" && kind !== "admin") return "wrong_kind";
      return siteId === EVERY_SITE ? "admitted" : "wrong_site";
    case "reads its own":
      return kind === "read" || kind === "admin" ? "admitted" : "wrong_kind";
    case "administers its own":
      return kind === "admin" ? "admitted" : "wrong_kind";
    case "administers engine":
      if (kind !== "admin") return "wrong_kind";
      return siteId === EVERY_SITE ? "admitted" : "wrong_site";
    case "administers":
      if (kind !== "admin") return "wrong_kind";
      return siteId === SITE || siteId === EVERY_SITE ? "admitted" : "wrong_site";
  }
}
