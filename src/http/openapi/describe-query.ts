import type { ErrorCode } from "../../errors.ts";
import { METRICS, PRESETS } from "../../reporting/query/report-query.ts";
import { ANSWER_FORMATS } from "../../reporting/questions/messages.ts";
import { type DescribedParameters, describeParameters } from "../routes/strict-handler.ts";
import { describeErrors } from "./api-description.ts";

const TAGS = ["reports"];
const DESCRIPTION =
  "Metrics of one site by dimensions, filtered, over a range of dates. The numbers are exact, or `meta.accuracy` says which are not.";
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

export const FORMAT_PARAMETER: DescribedParameters = {
  format: {
    description: "The format of the answer, instead of `Accept`.",
    schema: { type: "string", enum: ANSWER_FORMATS },
  },
};

const text = (description: string, example?: string) => ({
  description,
  schema: { type: "string" },
  ...(example !== undefined && { example }),
});

/** Of `GET /query`, which has the fields of the body as parameters. */
export const QUERY_PARAMETERS: DescribedParameters = {
  site_id: { required: true, schema: { type: "string" }, example: "example.com" },
  metrics: {
    required: true,
    ...text(`Names with commas between: ${METRICS.join(", ")}.`, "visitors,pageviews"),
  },
  date_range: {
    required: true,
    ...text(`One of ${PRESETS.join(", ")}, or two dates or instants with a comma between.`, "7d"),
  },
  dimensions: text("Names with commas between, such as event:page or time:day.", "event:page"),
  filters: text("A JSON array of filters, as in the body.", '[["is","visit:country",["DE"]]]'),
  timezone: text("An IANA time zone; absent means the site's.", "Europe/Berlin"),
  order_by: text("A JSON array of pairs, as in the body.", '[["visitors","desc"]]'),
  include: text("A JSON object, as in the body.", '{"total_rows":true}'),
  pagination: text("A JSON object, as in the body.", '{"limit":10,"offset":0}'),
  limit: text("Most rows, in place of pagination.", "10"),
  offset: text("Rows to pass over, in place of pagination.", "0"),
  ...FORMAT_PARAMETER,
};

const EXAMPLE_QUERY = {
  site_id: "example.com",
  metrics: ["visitors", "pageviews"],
  date_range: "7d",
  dimensions: ["event:page"],
  filters: [["is", "visit:country", ["DE"]]],
};
const EXAMPLE_ANSWER = {
  results: [
    { dimensions: ["/pricing"], metrics: [2, 3] },
    { dimensions: ["/"], metrics: [1, 1] },
  ],
  meta: {
    accuracy: { visitors: "exact", pageviews: "exact" },
    as_of: "2026-01-15T09:30:00.000Z",
    provisional_after: "2026-01-15T09:00:00.000Z",
    pending: 0,
    lag_ms: 0,
    incomplete_days: [],
  },
  query: { ...EXAMPLE_QUERY, timezone: "Europe/Berlin" },
};

export function describeQuery() {
  return {
    get: {
      summary: "Ask for a report by an address",
      description: `${DESCRIPTION} The parameters are the fields of \`POST /query\`. For links and spreadsheets.`,
      tags: TAGS,
      parameters: describeParameters(QUERY_PARAMETERS),
      responses: responses(),
    },
    post: {
      summary: "Ask for a report",
      description: DESCRIPTION,
      tags: TAGS,
      parameters: describeParameters(FORMAT_PARAMETER),
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              required: ["site_id", "metrics", "date_range"],
              properties: bodyProperties(),
            },
            example: EXAMPLE_QUERY,
          },
        },
      },
      responses: responses(),
    },
  };
}

function responses() {
  return {
    200: {
      description: "The rows that were asked for.",
      content: {
        "application/json": { example: EXAMPLE_ANSWER },
        "text/csv": { example: "event:page,visitors,pageviews\r\n/pricing,2,3\r\n" },
        "application/x-ndjson": {
          example: '{"event:page":"/pricing","visitors":2,"pageviews":3}\n',
        },
      },
    },
    ...describeErrors(ERRORS),
  };
}

function bodyProperties() {
  const string = { type: "string" as const };
  return {
    site_id: string,
    metrics: list("At least one.", { type: "string", enum: [...METRICS] }),
    date_range: {
      description: "A preset, two dates, both included, or two instants, the second excluded.",
      oneOf: [{ type: "string" as const, enum: [...PRESETS] }, list("", string)],
    },
    dimensions: list("At most one of time and two others.", string),
    filters: list("All must pass.", { type: "array", items: {} }),
    timezone: string,
    order_by: list("Pairs of a metric or dimension, and asc or desc.", list("", string)),
    include: { type: "object" as const, description: "compare, time_labels and total_rows." },
    pagination: { type: "object" as const, description: "limit and offset." },
  };
}

function list(description: string, items: object) {
  return { type: "array" as const, description, items };
}
