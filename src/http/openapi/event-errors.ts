import type { ErrorCode } from "../../errors.ts";

/** Of every route that takes events. */
export const EVENT_ERRORS: readonly ErrorCode[] = [
  "invalid_json",
  "slow_body",
  "body_too_large",
  "unsupported_media_type",
  "invalid_field",
  "rate_limited",
  "quota_exhausted",
  "key_required",
  "key_unknown",
  "wrong_kind",
  "wrong_site",
  "access_unknown",
  "stream_unavailable",
  "stream_full",
  "ingest_overloaded",
];
