import type { Registry } from "prom-client";
import { type DropReason, SENDER_DROPS } from "../collect/drop-reason.ts";
import type { ErrorCode } from "../errors.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { registerCollected } from "./collected.ts";
import { CountedHistogram } from "./counted-histogram.ts";
import { ROUTES, type Route } from "./routes.ts";

/** In seconds, from an fsync to the deadline of a body. */
const RESPONSE_BOUNDS = [
  0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** In seconds: a script call and an fsync. */
const FLUSH_BOUNDS = [
  0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];
/** A flush takes at most 512. */
const FLUSH_EVENTS_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/** Their counters exist from the start, since a first value gives no rate. */
export const REFUSALS: readonly ErrorCode[] = [
  "invalid_json",
  "not_an_object",
  "invalid_encoding",
  "slow_body",
  "body_too_large",
  "unsupported_media_type",
  "invalid_field",
  "stream_unavailable",
  "stream_full",
  "redis_evicts",
  "stream_exhausted",
  "clock_wrong",
  "ingest_overloaded",
  "too_many_bodies",
  "shutting_down",
  "internal",
  "key_required",
  "key_malformed",
  "key_unknown",
  "key_revoked",
  "key_expired",
  "wrong_kind",
  "wrong_site",
  "wrong_origin",
  "access_unknown",
];
/** What a site leaves out, by the rule. */
const EXCLUSIONS = [
  "excluded_address",
  "excluded_hostname",
  "excluded_path",
  "excluded_country",
] as const;

export const DROPS: readonly DropReason[] = [...SENDER_DROPS, ...EXCLUSIONS];

export type RefusalReason = ErrorCode | (typeof EXCLUSIONS)[number];

/** Labels are built only when metrics are collected, so that a request costs a few additions. */
export interface IngestCounts {
  readonly routes: ReadonlyMap<Route, RouteCounts>;
  accepted: number;
  readonly refused: Map<RefusalReason, number>;
  readonly dropped: Map<DropReason, number>;
  readonly flushEvents: BucketCounts;
  readonly flushSeconds: BucketCounts;
}

interface RouteCounts {
  readonly responseSeconds: BucketCounts;
  readonly statuses: Map<number, number>;
}

/** Returns the counts that the registry reads. */
export function registerIngestMetrics(registry: Registry): IngestCounts {
  const counts: IngestCounts = {
    routes: new Map(
      ROUTES.map((route) => [
        route,
        { responseSeconds: new BucketCounts(RESPONSE_BOUNDS), statuses: new Map() },
      ]),
    ),
    accepted: 0,
    refused: new Map([...REFUSALS, ...EXCLUSIONS].map((reason) => [reason, 0])),
    dropped: new Map(DROPS.map((reason) => [reason, 0])),
    flushEvents: new BucketCounts(FLUSH_EVENTS_BOUNDS),
    flushSeconds: new BucketCounts(FLUSH_BOUNDS),
  };
  registerRequests(registry, counts);
  registerEvents(registry, counts);
  registerFlushes(registry, counts);
  return counts;
}

function registerRequests(registry: Registry, counts: IngestCounts): void {
  const routes = [...counts.routes];
  registerCollected("counter", registry, {
    name: "queueflow_http_requests_total",
    help: "Requests answered, by route and HTTP status.",
    labelNames: ["route", "status"],
    read: () =>
      routes.flatMap(([route, { statuses }]) =>
        Array.from(statuses, ([status, times]) => [{ route, status: String(status) }, times]),
      ),
  });
  void new CountedHistogram(
    {
      name: "queueflow_http_request_duration_seconds",
      help: "From the routing of a request to its response, by route.",
      label: "route",
      registry,
    },
    new Map(routes.map(([route, { responseSeconds }]) => [route, responseSeconds])),
  );
}

function registerEvents(registry: Registry, counts: IngestCounts): void {
  registerCollected("counter", registry, {
    name: "queueflow_events_accepted_total",
    help: "Events accepted: Redis has them.",
    read: () => [[{}, counts.accepted]],
  });
  registerCollected("counter", registry, {
    name: "queueflow_events_refused_total",
    help: "Events refused, by error code, and by rule if their site leaves them out.",
    labelNames: ["reason"],
    read: () => Array.from(counts.refused, ([reason, times]) => [{ reason }, times]),
  });
  registerCollected("counter", registry, {
    name: "queueflow_events_dropped_total",
    help: "Valid events of browsers that were not stored, by reason.",
    labelNames: ["reason"],
    read: () => Array.from(counts.dropped, ([reason, times]) => [{ reason }, times]),
  });
}

function registerFlushes(registry: Registry, { flushEvents, flushSeconds }: IngestCounts): void {
  void new CountedHistogram(
    {
      name: "queueflow_flush_events",
      help: "Events appended to the stream by one flush.",
      registry,
    },
    new Map([["", flushEvents]]),
  );
  void new CountedHistogram(
    {
      name: "queueflow_flush_duration_seconds",
      help: "How long Redis took for one flush, its fsync included.",
      registry,
    },
    new Map([["", flushSeconds]]),
  );
}
