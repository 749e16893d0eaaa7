import type { ErrorCode } from "../../errors.ts";
import { type DescribedParameters, describeParameters } from "../routes/strict-handler.ts";
import { describeAnswers } from "./api-description.ts";

const TAGS = ["stats"];
const ERRORS: readonly ErrorCode[] = [
  "invalid_field",
  "rate_limited",
  "reads_overloaded",
  "key_required",
  "wrong_kind",
  "database_unavailable",
];
const SITE = {
  site_id: "example.com",
  name: "Example",
  time_zone: "Europe/Berlin",
  first_date: "2026-01-15",
};
const SEARCH = {
  description: "In the id or the name, whatever the case.",
  schema: { type: "string" },
};
const DAY = { required: true, schema: { type: "string", format: "date" } };

export const READABLE_PARAMETERS: DescribedParameters = {
  site_id: { description: "Only this one.", schema: { type: "string" } },
  search: SEARCH,
  after: {
    description: "Sites with greater ids: `next` of the page before.",
    schema: { type: "string" },
  },
  limit: { schema: { type: "integer", minimum: 1, maximum: 10_000, default: 10_000 } },
};

export const OVERVIEW_PARAMETERS: DescribedParameters = {
  from: { ...DAY, description: "A UTC day.", example: "2026-01-15" },
  to: { ...DAY, description: "A UTC day, included.", example: "2026-01-16" },
  search: SEARCH,
  sort: {
    description:
      "`events`, `visitors` (the sum of those of each day), `growth` or `name`; `-` before it for the greatest first.",
    schema: { type: "string", default: "-events" },
  },
  limit: { schema: { type: "integer", minimum: 1, maximum: 100, default: 50 } },
  offset: { schema: { type: "integer", minimum: 0, maximum: 1_000_000, default: 0 } },
};

export function describeReadableSites() {
  return {
    summary: "List the sites that may be read",
    description:
      "Those with settings or events, with the UTC day of the first event. `next` is absent on the last page.",
    tags: TAGS,
    parameters: describeParameters(READABLE_PARAMETERS),
    responses: describeAnswers({
      status: 200,
      answer: { description: "By site_id.", example: { sites: [SITE], next: "example.com" } },
      errors: ERRORS,
    }),
  };
}

export function describeSitesOverview() {
  return {
    summary: "Compare the sites that may be read",
    description:
      "Events of UTC days, those of as many days before, and the visitors of each day: exact sums of one snapshot, unless `distributed` says that the sites lie on several servers, whose sums may be of different moments. Visitors of a day may come again on another, so that days do not add up to a period.",
    tags: TAGS,
    parameters: describeParameters(OVERVIEW_PARAMETERS),
    responses: describeAnswers({
      status: 200,
      answer: {
        description: "A page of sites.",
        example: {
          sites: [{ ...SITE, events: 9, events_before: 7, daily_visitors: [2, 3] }],
          total_sites: 1,
          distributed: false,
          date_range: ["2026-01-15", "2026-01-16"],
          as_of: "2026-01-16T09:30:12.345Z",
          pending: 0,
          lag_ms: 0,
        },
      },
      errors: ERRORS,
    }),
  };
}
