import type { ErrorCode } from "../../errors.ts";
import { type DescribedParameters, describeParameters } from "../routes/strict-handler.ts";
import { describeAnswers, describeErrors } from "./api-description.ts";

const TAGS = ["reports"];
const ERRORS: readonly ErrorCode[] = [
  "invalid_field",
  "rate_limited",
  "key_required",
  "wrong_kind",
  "wrong_site",
];
const EXAMPLE = {
  site_id: "example.com",
  visitors: 2,
  window_s: 300,
  top_pages: [
    { path: "/pricing", visitors: 2 },
    { path: "/", visitors: 1 },
  ],
  minutes: [{ minute: "2026-01-15T09:30:00Z", visitors: 2, pageviews: 3 }],
  as_of: "2026-01-15T09:30:12.345Z",
  pending: 0,
  lag_ms: 0,
};

export const LIVE_PARAMETERS: DescribedParameters = {
  site_id: { required: true, schema: { type: "string" }, example: "example.com" },
};

export function describeLive() {
  const parameters = describeParameters(LIVE_PARAMETERS);
  return {
    live: {
      summary: "Read who visits a site now",
      description:
        "Visitors and top pages of the last 5 minutes, and visitors and page views of each of the last 30, from one snapshot. The example has one minute of them.",
      tags: TAGS,
      parameters,
      responses: describeAnswers({
        status: 200,
        answer: { description: "The numbers of now.", example: EXAMPLE },
        errors: [
          ...ERRORS,
          "query_too_large",
          "reports_overloaded",
          "report_unavailable",
          "reports_disabled",
          "database_unavailable",
        ],
      }),
    },
    stream: {
      summary: "Follow who visits a site now",
      description:
        "Server-sent events: `live` with the answer of `/live` whenever it changed, at most once a second; `unavailable` with an error while it cannot be read.",
      tags: TAGS,
      parameters,
      responses: {
        200: {
          description: "Events, until the client leaves or its key ends.",
          content: {
            "text/event-stream": { example: `event: live\ndata: ${JSON.stringify(EXAMPLE)}\n\n` },
          },
        },
        ...describeErrors([...ERRORS, "reports_disabled", "reads_overloaded", "shutting_down"]),
      },
    },
  };
}
