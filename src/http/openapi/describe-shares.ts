import type { ErrorCode } from "../../errors.ts";
import { describeAnswers, describeErrors } from "./api-description.ts";
import { describeLive } from "./describe-live.ts";
import { describeQuery } from "./describe-query.ts";
import { queryParameter } from "./query-parameter.ts";

const TAGS = ["sharing"];
const HEADER = {
  name: "X-Share-Link",
  in: "header" as const,
  required: true,
  description: "The token of the public link.",
  schema: { type: "string" as const },
};
const LINK_ERRORS: readonly ErrorCode[] = [
  "link_unknown",
  "password_required",
  "rate_limited",
  "access_unknown",
];

/** What pages of public links ask. */
export function describeShares() {
  const { post } = describeQuery();
  const { stream } = describeLive();
  return {
    site: {
      summary: "Read the site of a public link",
      description: "Its name, time zone and first day with events, and whether it has goals.",
      tags: TAGS,
      parameters: [HEADER],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "The site.",
          example: {
            site_id: "example.com",
            name: "Example",
            time_zone: "Europe/Berlin",
            first_date: "2026-01-15",
            has_goals: true,
          },
        },
        errors: [...LINK_ERRORS, "database_unavailable"],
      }),
    },
    annotations: {
      summary: "List annotations by a public link",
      description: "As GET /sites/annotations, of the site of the link.",
      tags: TAGS,
      parameters: [HEADER],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "The annotations.",
          example: {
            annotations: [{ annotation_id: "Yb3kQ9x_tLwe", when: "2026-01-15", text: "Version 2" }],
          },
        },
        errors: [...LINK_ERRORS, "database_unavailable", "reads_overloaded"],
      }),
    },
    query: {
      ...post,
      summary: "Ask for numbers by a public link",
      description: "As POST /query, for the site of the link only.",
      tags: TAGS,
      parameters: [HEADER, ...post.parameters],
    },
    stream: {
      summary: "Follow who visits the site of a public link now",
      description: "As GET /live/stream, until the client leaves or the link ends.",
      tags: TAGS,
      parameters: [HEADER],
      responses: {
        200: stream.responses[200],
        ...describeErrors([
          ...LINK_ERRORS,
          "reports_disabled",
          "reads_overloaded",
          "shutting_down",
        ]),
      },
    },
    session: {
      summary: "Give the password of a public link",
      description:
        "For the engine's own pages: sets a cookie for 12 hours, with which the link opens.",
      tags: TAGS,
      parameters: [HEADER],
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              required: ["password"],
              properties: { password: { type: "string" as const } },
            },
            example: { password: "for the board only" },
          },
        },
      },
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "The password is right.",
          example: { expires_at: "2026-01-15T21:30:00.000Z" },
        },
        errors: ["wrong_origin", "link_unknown", "password_wrong", "rate_limited", "invalid_field"],
      }),
    },
  };
}

const SHARE = {
  share_id: "x4Tq81LmZp0",
  site_id: "example.com",
  label: "investors",
  has_password: false,
  created_at: "2026-01-15T09:30:00.000Z",
};
const ADMIN_ERRORS: readonly ErrorCode[] = [
  "key_required",
  "wrong_kind",
  "wrong_site",
  "invalid_field",
  "database_unavailable",
];

/** How an administrator makes them. */
export function describeShareAdministration() {
  const tags = ["administration"];
  return {
    list: {
      summary: "List public links",
      description: "Of one site, oldest first, without their tokens.",
      tags,
      parameters: [queryParameter("site_id", "The site.")],
      responses: describeAnswers({
        status: 200,
        answer: { description: "The links.", example: { shares: [SHARE] } },
        errors: ADMIN_ERRORS,
      }),
    },
    create: {
      summary: "Create a public link",
      description:
        "Everybody who has it may look at the dashboard of the site, and at nothing else. The token is shown once; only its hash is stored.",
      tags,
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              required: ["site_id"],
              properties: {
                site_id: { type: "string" as const },
                label: { type: "string" as const },
                password: { type: "string" as const },
              },
            },
            example: { site_id: "example.com", label: "investors" },
          },
        },
      },
      responses: describeAnswers({
        status: 201,
        answer: {
          description: "Created.",
          example: {
            link: "mF3…",
            ...SHARE,
            in_force: true,
            embed_origins: ["https://example.com"],
          },
        },
        errors: ADMIN_ERRORS,
      }),
    },
    revoke: {
      summary: "Revoke a public link",
      description: "No thread takes it for more than two seconds after the response.",
      tags,
      parameters: [queryParameter("site_id", "The site."), queryParameter("share_id", "The link.")],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Revoked.",
          example: { site_id: "example.com", share_id: SHARE.share_id },
        },
        errors: [...ADMIN_ERRORS, "not_found", "stream_unavailable"],
      }),
    },
  };
}
