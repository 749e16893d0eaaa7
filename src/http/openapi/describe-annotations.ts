import type { ErrorCode } from "../../errors.ts";
import { describeAnswers } from "./api-description.ts";
import { queryParameter } from "./query-parameter.ts";

const TAGS = ["administration"];
const EXAMPLE = { annotation_id: "Yb3kQ9x_tLwe", when: "2026-01-15T09:30", text: "Version 2" };
const READ_ERRORS: readonly ErrorCode[] = [
  "key_required",
  "wrong_kind",
  "wrong_site",
  "invalid_field",
  "database_unavailable",
];

export function describeAnnotations() {
  return {
    list: {
      summary: "List annotations",
      description:
        "What happened on a site, the oldest first. `when` is a date, or a time of the site's clock.",
      tags: TAGS,
      parameters: [queryParameter("site_id", "The site.")],
      responses: describeAnswers({
        status: 200,
        answer: { description: "The annotations.", example: { annotations: [EXAMPLE] } },
        errors: [...READ_ERRORS, "reads_overloaded"],
      }),
    },
    add: {
      summary: "Add an annotation",
      description: "Charts of the site then show it, those of public links too.",
      tags: TAGS,
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              required: ["site_id", "when", "text"],
              properties: {
                site_id: { type: "string" as const },
                when: { type: "string" as const, description: "2026-01-15 or 2026-01-15T09:30" },
                text: { type: "string" as const },
              },
            },
            example: { site_id: "example.com", when: EXAMPLE.when, text: EXAMPLE.text },
          },
        },
      },
      responses: describeAnswers({
        status: 201,
        answer: { description: "Added.", example: EXAMPLE },
        errors: READ_ERRORS,
      }),
    },
    remove: {
      summary: "Remove an annotation",
      description: "Charts no longer show it.",
      tags: TAGS,
      parameters: [
        queryParameter("site_id", "The site."),
        queryParameter("annotation_id", "The annotation."),
      ],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Removed.",
          example: { site_id: "example.com", annotation_id: EXAMPLE.annotation_id },
        },
        errors: [...READ_ERRORS, "not_found"],
      }),
    },
  };
}
