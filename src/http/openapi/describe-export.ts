import type { ErrorCode } from "../../errors.ts";
import { EXPORT_FORMATS } from "../../reporting/export/export-formats.ts";
import { PRESETS } from "../../reporting/query/report-query.ts";
import { type DescribedParameters, describeParameters } from "../routes/strict-handler.ts";
import { describeErrors } from "./api-description.ts";

const ERRORS: readonly ErrorCode[] = [
  "invalid_field",
  "query_too_large",
  "rate_limited",
  "key_required",
  "wrong_kind",
  "wrong_site",
  "reports_overloaded",
  "report_unavailable",
  "reports_disabled",
  "database_unavailable",
];

const text = (description: string, example?: string) => ({
  description,
  schema: { type: "string" },
  ...(example !== undefined && { example }),
});

export const EXPORT_PARAMETERS: DescribedParameters = {
  site_id: { required: true, schema: { type: "string" }, example: "example.com" },
  date_range: text(
    `One of ${PRESETS.join(", ")}, or two dates or instants with a comma between; absent means all.`,
    "30d",
  ),
  timezone: text("An IANA time zone; absent means the site's.", "Europe/Berlin"),
  filters: text("A JSON array of filters, as in a query.", '[["is","event:name",["signup"]]]'),
  format: {
    description: "The format of the export; absent means ndjson.",
    schema: { type: "string", enum: Object.keys(EXPORT_FORMATS) },
  },
  after: text(
    "Goes on after this event: its timestamp and its event_id, or how many events of the timestamp you have.",
    "2026-01-15T09:30:00.000Z/018e7c3a-2f1b-7c33-9d6b-0f2a5c1e9a10",
  ),
};

const RECORD = {
  event_id: "018e7c3a-2f1b-7c33-9d6b-0f2a5c1e9a10",
  site_id: "example.com",
  event_type: "page_view",
  path: "/pricing",
  user_id: "user-42",
  timestamp: "2026-01-15T09:30:00.000Z",
};

export function describeExport() {
  return {
    summary: "Export events",
    description:
      "All fields of the events of a site, in order of time. Each UTC day is one snapshot. A response that ends early is cut off, so that no part is taken for the whole.",
    tags: ["reports"],
    parameters: describeParameters(EXPORT_PARAMETERS),
    responses: {
      200: {
        description: "The events.",
        headers: {
          "X-QueueFlow-Days-Without-Ids": {
            description: "Days whose events have no event_id, since raw rows were pruned.",
            schema: { type: "string" as const },
          },
          "X-QueueFlow-Incomplete-Days": {
            description: "Days of which events are missing.",
            schema: { type: "string" as const },
          },
        },
        content: {
          "application/x-ndjson": { example: `${JSON.stringify(RECORD)}\n` },
          "text/csv": {
            example: `${Object.keys(RECORD).join()}\r\n${Object.values(RECORD).join()}\r\n`,
          },
        },
      },
      ...describeErrors(ERRORS),
    },
  };
}
