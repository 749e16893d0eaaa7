import type { Dimension, FilterDimension } from "../../../../src/reporting/query/report-query.ts";
import { literal } from "./literal.ts";

/** Names of an event and its visit in a statement. Whether fields that both have are the event's own or the visit's. */
export interface Scope {
  readonly event: string;
  readonly visit: string;
  readonly of: "event" | "visit";
}

const OWN = new Set(["country", "device", "browser", "os", "screen", "language"]);

/** Returns an expression; null for an absent and an empty value. */
export function dimensionSql(dimension: Dimension | FilterDimension, scope: Scope): string {
  const [room, name = "", ...rest] = dimension.split(":");
  if (room === "visit") {
    return scope.of === "event" && OWN.has(name)
      ? `${scope.event}.${name}`
      : `${scope.visit}.${name}`;
  }
  if (name === "props")
    return `nullif(${scope.event}.properties ->> ${literal(rest.join(":"))}, '')`;
  if (name === "prop_names") {
    return `(SELECT '[' || string_agg(to_json(name)::text, ',' ORDER BY place) || ']'
      FROM jsonb_object_keys(${scope.event}.properties) WITH ORDINALITY AS names (name, place))`;
  }
  return `${scope.event}.${name}`;
}
