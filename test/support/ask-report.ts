import { type Answer, type Api, ask } from "./api-client.ts";

/** A question for one UTC day of a site, unless `body` says otherwise. */
export interface ReportBody extends Readonly<Record<string, unknown>> {
  readonly site_id: string;
}

const DAY = { metrics: ["visitors"], date_range: ["2026-01-15", "2026-01-15"] };

/** Asks by `POST /query`. */
export async function askReport(
  api: Api,
  body: ReportBody,
  { headers, signal }: { headers?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<Answer> {
  return await ask(api, "/query", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...DAY, ...body }),
    ...(signal !== undefined && { signal }),
  });
}
