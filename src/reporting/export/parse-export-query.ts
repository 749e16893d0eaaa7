import { describeValue } from "../../event/describe-value.ts";
import { queryFromParameters } from "../query/query-from-parameters.ts";
import type { ReportQuery } from "../query/report-query.ts";
import { type ExportCursor, parseExportCursor } from "./export-cursor.ts";

/** Those that mean the same as in a query. */
const OF_QUERY = ["site_id", "date_range", "timezone", "filters"] as const;

export type ParsedExport =
  | { readonly kind: "export"; readonly query: ReportQuery; readonly after?: ExportCursor }
  | { readonly kind: "invalid"; readonly fields: Readonly<Record<string, string>> };

/** Reads which events to export. Without `date_range`, all of them. */
export function parseExportQuery(parameters: ReadonlyMap<string, string>): ParsedExport {
  const given = OF_QUERY.flatMap((name) => {
    const value = parameters.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const parsed = queryFromParameters(
    new Map([["date_range", "all"], ...given, ["metrics", "events"]]),
  );
  const afterText = parameters.get("after");
  const after = afterText === undefined ? undefined : parseExportCursor(afterText);
  const fields = {
    ...(parsed.kind === "invalid" && parsed.fields),
    ...(afterText !== undefined && after === undefined && { after: afterProblem(afterText) }),
  };
  if (parsed.kind === "invalid" || Object.keys(fields).length > 0) {
    return { kind: "invalid", fields };
  }
  return { kind: "export", query: parsed.query, ...(after && { after }) };
}

function afterProblem(text: string): string {
  return `Expected after to be the timestamp and the event_id of the last event you have, as in 2026-01-15T09:30:00.000Z/018e7c3a-2f1b-7c33-9d6b-0f2a5c1e9a10, or without ids the timestamp and how many of its events you have, as in 2026-01-15T09:30:00.000Z/1; got ${describeValue(text)}`;
}
