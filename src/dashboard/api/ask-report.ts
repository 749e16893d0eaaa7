import type { Report, ReportBody } from "./report.ts";
import { request } from "./request.ts";

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askReport(body: ReportBody, signal: AbortSignal): Promise<Report> {
  return await (await request("query", post(body), signal)).json();
}

function post(body: ReportBody): RequestInit {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}
