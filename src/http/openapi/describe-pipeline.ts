import type { StatusReport } from "../../administer/status/status-report.ts";
import type { ErrorCode } from "../../errors.ts";
import { describeAnswers } from "./api-description.ts";
import { queryParameter } from "./query-parameter.ts";

const TAGS = ["administration"];
const ERRORS: readonly ErrorCode[] = ["key_required", "wrong_kind", "wrong_site", "invalid_field"];
const ADDRESS = { up: true, error: null };

const EXAMPLE_STATUS: StatusReport = {
  at: "2026-01-15T09:30:00.000Z",
  version: "0.1.0",
  engine: {
    state: "ok",
    error: null,
    degraded_by: [],
    threads: [
      {
        name: "consumer-1",
        state: "running",
        restarts: 0,
        last_commit_at: "2026-01-15T09:29:59.958Z",
        work_age_ms: 0,
        error: null,
      },
    ],
    unpacked_events: 842,
  },
  rates: { accepted_per_s: 1_240, stored_per_s: 1_238 },
  stream: {
    length: 1_012,
    length_max: 5_000_000,
    backlog_entries: 12,
    oldest_age_ms: 48,
    ids_ahead_ms: 0,
    appended_entries: 90_012,
    finished_entries: 90_000,
  },
  last_commit_at: "2026-01-15T09:29:59.958Z",
  newest_stored_received_at: "2026-01-15T09:29:59.910Z",
  dead_letters: 1,
  losses: { entries: 0, since: null },
  held_prune: null,
  redis: { ...ADDRESS, address: "127.0.0.1:6379", version: "7.0.15" },
  redis_memory: { used_bytes: 8_388_608, max_bytes: null },
  postgres: {
    ...ADDRESS,
    address: "127.0.0.1:5432/queueflow",
    version: "17.6",
    distributed: false,
  },
};

const EXAMPLE_LETTER = {
  id: "7",
  stream: "events_stream",
  entry_id: "1768469400250-0",
  reason: 'Expected timestamp to be an ISO 8601 time, got "yesterday"',
  deliveries: 1,
  set_aside_at: "2026-01-15T09:30:00.300Z",
  fields: { site_id: "shop.example", timestamp: "yesterday" },
  retry_fields: null,
};

export function describeStatus() {
  return {
    summary: "Read what `queueflow status` says",
    description:
      "For an admin key of every site. Unknown values are null. Rates are since the previous report of the same thread; two reports tell them from `appended_entries` and `finished_entries`.",
    tags: TAGS,
    responses: describeAnswers({
      status: 200,
      answer: {
        description: "Also while Redis or PostgreSQL is away.",
        example: EXAMPLE_STATUS,
      },
      errors: ERRORS,
    }),
  };
}

export function describeDeadLetters() {
  const errors: readonly ErrorCode[] = [...ERRORS, "database_unavailable"];
  return {
    list: {
      summary: "List dead letters",
      description:
        "The newest 100, for an admin key of every site. `fields` is null beyond 32 KiB: `queueflow dead-letters show` prints them.",
      tags: TAGS,
      parameters: [queryParameter("before", "`next_before` of the response before.", false)],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Newest first.",
          example: { dead_letters: [EXAMPLE_LETTER], next_before: null },
        },
        errors,
      }),
    },
    retry: {
      summary: "Send dead letters again",
      description:
        "Appends each as a new entry, with its fields or those in `corrections`. Each counts once, however often this is repeated.",
      tags: TAGS,
      requestBody: jsonBody({
        ids: IDS,
        corrections: {
          type: "object" as const,
          description: "Fields that replace those of the dead letters, as strings.",
          additionalProperties: { type: "string" as const },
        },
      }),
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Those in `refused` would only be set aside again, and remain.",
          example: {
            sent: 1,
            refused: [{ id: "8", why: "Expected user_id, got nothing" }],
            missing: [],
          },
        },
        errors: [...errors, "stream_unavailable"],
      }),
    },
    drop: {
      summary: "Drop dead letters",
      description: "Deletes them for good.",
      tags: TAGS,
      requestBody: jsonBody({ ids: IDS }),
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "Those in `begun` remain: their retry has begun, and may have sent them.",
          example: { dropped: 1, begun: [], missing: [] },
        },
        errors,
      }),
    },
  };
}

const IDS = {
  type: "array" as const,
  minItems: 1,
  maxItems: 100,
  items: { type: "string" as const },
};

function jsonBody(properties: Readonly<Record<string, object>>) {
  const schema = { type: "object" as const, properties, required: ["ids"] };
  return { required: true, content: { "application/json": { schema } } };
}
