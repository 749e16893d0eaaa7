import type { LineResult, LogRequest } from "../../src/importers/log-format.ts";

/** The request of the test lines, unless they differ. */
export const USUAL: LogRequest = {
  visitor: "192.0.2.7",
  isHostName: false,
  agent: "Mozilla/5.0",
  target: "GET /a?b HTTP/1.1",
  path: "/a",
  query: "?b",
  hostname: undefined,
  referrer: undefined,
  status: 200,
  timestamp: "2026-01-15T09:30:00+0000",
  isCut: false,
};

/** The result for the usual request with these differences. Another path has no query. */
export function request(differences: Partial<LogRequest> = {}): LineResult {
  const query = "path" in differences ? "" : USUAL.query;
  return { kind: "request", request: { ...USUAL, query, ...differences } };
}

/** A refusal for the given reason, with any explanation. */
export function refusal(reason: "format" | "no-address"): Pick<LineResult, "kind"> {
  return Object.assign({ kind: "refused" as const }, { reason });
}
