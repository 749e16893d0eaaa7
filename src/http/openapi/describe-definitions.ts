import type { ErrorCode } from "../../errors.ts";
import { type DescribedParameters, describeParameters } from "../routes/strict-handler.ts";
import { describeAnswers } from "./api-description.ts";
import { queryParameter } from "./query-parameter.ts";

const TAGS = ["administration"];
const ERRORS: readonly ErrorCode[] = [
  "key_required",
  "wrong_kind",
  "wrong_site",
  "invalid_field",
  "database_unavailable",
];
const FILTERS = {
  type: "array" as const,
  description: "Filters as in POST /query.",
  items: { type: "array" as const, items: {} },
};
/** Of the routes of goals and segments. */
export const SITE_PARAMETER: DescribedParameters = {
  site_id: { required: true, description: "The site.", schema: { type: "string" } },
};
const SITE = describeParameters(SITE_PARAMETER);

const KINDS = {
  goal: {
    meaning: "A goal names events that count as conversions.",
    example: {
      name: "Purchase",
      filters: [["is", "event:name", ["purchase"]]],
      revenue: { property: "amount", currency_property: "currency" },
    },
    properties: {
      revenue: {
        type: "object" as const,
        description: "Where the amount stands, and its currency.",
        properties: {
          property: { type: "string" as const },
          currency_property: { type: "string" as const },
          currency: { type: "string" as const, description: "The same for all events." },
        },
      },
    },
  },
  segment: {
    meaning: "A segment names filters, which queries name in place of them.",
    example: { name: "Germany", filters: [["is", "visit:country", ["DE"]]] },
    properties: {},
  },
};

export function describeDefinitions(noun: keyof typeof KINDS) {
  const { meaning, example, properties } = KINDS[noun];
  return {
    list: {
      summary: `List ${noun}s`,
      description: `${meaning} It needs a read or admin key once reads are closed.`,
      tags: TAGS,
      parameters: SITE,
      responses: describeAnswers({
        status: 200,
        answer: { description: "By name.", example: { [`${noun}s`]: [example] } },
        errors: [...ERRORS, "rate_limited", "reads_overloaded"],
      }),
    },
    put: {
      summary: `Set a ${noun}`,
      description: `${meaning} Replaces the one of its name.`,
      tags: TAGS,
      parameters: SITE,
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              required: ["name", "filters"],
              properties: { name: { type: "string" as const }, filters: FILTERS, ...properties },
            },
            example,
          },
        },
      },
      responses: describeAnswers({
        status: 200,
        answer: { description: "Set.", example },
        errors: ERRORS,
      }),
    },
    remove: {
      summary: `Remove a ${noun}`,
      description: meaning,
      tags: TAGS,
      parameters: [...SITE, queryParameter("name", `The ${noun}.`)],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Removed.",
          example: { site_id: "example.com", name: example.name },
        },
        errors: [...ERRORS, "not_found"],
      }),
    },
  };
}
