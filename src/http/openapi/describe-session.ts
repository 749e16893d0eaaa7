import { describeAnswers } from "./api-description.ts";

const TAGS = ["sessions"];
const SIGNED_IN = {
  signed_in: true,
  needed: true,
  kind: "read",
  site_id: null,
  key_id: "7Xb2mQ4kT9a",
  expires_at: "2026-01-15T21:30:00.000Z",
};
const SIGNED_OUT = { signed_in: false, needed: true };

export function describeSession() {
  return {
    show: {
      summary: "Read the session",
      description:
        "Whether the browser is signed in, with whose rights and until when; `needed` is whether reading asks for a key or a session.",
      tags: TAGS,
      responses: describeAnswers({
        status: 200,
        answer: { description: "The session.", example: SIGNED_IN },
        errors: ["invalid_field"],
      }),
    },
    signIn: {
      summary: "Sign in",
      description:
        "For the engine's own pages: sets a cookie for 12 hours, which every route that reads or administers takes in place of the key. Takes a read or admin key, or the token of a link that `queueflow dashboard` prints, once.",
      tags: TAGS,
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object" as const,
              properties: { key: { type: "string" as const }, token: { type: "string" as const } },
            },
            example: { key: "qf_r_…" },
          },
        },
      },
      responses: describeAnswers({
        status: 200,
        answer: { description: "Signed in.", example: SIGNED_IN },
        errors: [
          "wrong_origin",
          "rate_limited",
          "invalid_field",
          "key_unknown",
          "key_revoked",
          "key_expired",
          "wrong_kind",
          "access_unknown",
        ],
      }),
    },
    signOut: {
      summary: "Sign out",
      description: "Ends the session, in every thread within a second, and removes the cookie.",
      tags: TAGS,
      responses: describeAnswers({
        status: 200,
        answer: { description: "Signed out.", example: SIGNED_OUT },
        errors: ["wrong_origin", "invalid_field", "stream_unavailable"],
      }),
    },
  };
}
