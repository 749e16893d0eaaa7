import { Counter, type Registry } from "prom-client";
import type { ErrorCode } from "../errors.ts";
import { BucketCounts } from "./bucket-counts.ts";
import { CountedHistogram } from "./counted-histogram.ts";
import { ROUTES, type Route } from "./routes.ts";

/** In seconds. An answer to `POST /event` waits for one or two fsyncs; a stuck one for its deadlines. */
const ANSWER_BOUNDS = [
  0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** In seconds: a script call and an fsync. */
const FLUSH_BOUNDS = [
  0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];
/** A flush takes at most 512. */
const FLUSH_EVENTS_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
/** HTTP's statuses are three digits. */
const STATUS_MIN = 100;
const STATUSES = 500;
/** Why `POST /event` answers with an error: there from the start, since a rate cannot be made of a first value. */
export const REFUSALS: readonly ErrorCode[] = [
  "invalid_json",
  "not_an_object",
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
];

/** What is counted of one route. */
interface RouteCounts {
  readonly answers: BucketCounts;
  /** How often each status was answered, from `STATUS_MIN` on. */
  readonly statuses: Float64Array;
}

/**
 * What an ingest thread counts. A request costs it one call and some additions; labels are made when somebody asks.
 * Instants are those of `performance.now()`.
 */
export class IngestMetrics {
  readonly #routes: ReadonlyMap<Route, RouteCounts> = new Map(
    ROUTES.map((route) => [route, newRouteCounts()]),
  );
  #accepted = 0;
  readonly #refused = new Map<ErrorCode, number>(REFUSALS.map((reason) => [reason, 0]));
  readonly #flushEvents = new BucketCounts(FLUSH_EVENTS_BOUNDS);
  readonly #flushSeconds = new BucketCounts(FLUSH_BOUNDS);

  constructor(registry: Registry) {
    this.#registerRequests(registry);
    this.#registerEvents(registry);
    this.#registerFlushes(registry);
  }

  /** Counts a request that was answered with `status`. */
  answered(route: Route, status: number, startedAtMs: number): void {
    const counts = this.#routes.get(route);
    if (counts === undefined) return;
    const index = status - STATUS_MIN;
    counts.statuses[index] = (counts.statuses[index] ?? 0) + 1;
    counts.answers.observe((performance.now() - startedAtMs) / 1_000);
  }

  /** Counts an event that Redis has. */
  accepted(): void {
    this.#accepted += 1;
  }

  /** Counts an event, or a request for events, that was refused. */
  refused(reason: ErrorCode): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  /** Counts a group of events that Redis has taken in one call. */
  flushed(events: number, startedAtMs: number): void {
    this.#flushEvents.observe(events);
    this.#flushSeconds.observe((performance.now() - startedAtMs) / 1_000);
  }

  #registerRequests(registry: Registry): void {
    const routes = this.#routes;
    const requests = new Counter({
      name: "queueflow_http_requests_total",
      help: "Requests answered, by route and HTTP status.",
      labelNames: ["route", "status"],
      registers: [registry],
      collect() {
        requests.reset();
        for (const [route, { statuses }] of routes) {
          // Nearly all are 0: a generator of pairs would cost more than all the rest.
          statuses.forEach((times, index) => {
            if (times > 0) requests.inc({ route, status: String(STATUS_MIN + index) }, times);
          });
        }
      },
    });
    const answers = new Map([...routes].map(([route, counts]) => [route, counts.answers]));
    void new CountedHistogram(
      {
        name: "queueflow_http_request_duration_seconds",
        help: "From a request's routing to its answer, by route.",
        label: "route",
        registry,
      },
      answers,
    );
  }

  #registerEvents(registry: Registry): void {
    const accepted = () => this.#accepted;
    const acceptedEvents = new Counter({
      name: "queueflow_events_accepted_total",
      help: "Events accepted: Redis has them.",
      registers: [registry],
      collect() {
        acceptedEvents.reset();
        acceptedEvents.inc(accepted());
      },
    });
    const refusals = this.#refused;
    const refusedEvents = new Counter({
      name: "queueflow_events_refused_total",
      help: "Events refused, by error code.",
      labelNames: ["reason"],
      registers: [registry],
      collect() {
        refusedEvents.reset();
        for (const [reason, times] of refusals) refusedEvents.inc({ reason }, times);
      },
    });
  }

  #registerFlushes(registry: Registry): void {
    void new CountedHistogram(
      {
        name: "queueflow_flush_events",
        help: "Events appended to the stream by one call of the group commit.",
        label: undefined,
        registry,
      },
      new Map([["", this.#flushEvents]]),
    );
    void new CountedHistogram(
      {
        name: "queueflow_flush_duration_seconds",
        help: "How long Redis took for one call of the group commit, its fsync included.",
        label: undefined,
        registry,
      },
      new Map([["", this.#flushSeconds]]),
    );
  }
}

function newRouteCounts(): RouteCounts {
  return { answers: new BucketCounts(ANSWER_BOUNDS), statuses: new Float64Array(STATUSES) };
}
