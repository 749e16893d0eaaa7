import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { gaugesText } from "../../../src/metrics/gauges.ts";
import { IngestMetrics } from "../../../src/metrics/ingest-metrics.ts";
import { addUp, metricsText, sumsOf } from "../../../src/metrics/metrics-json.ts";
import { StoringMetrics } from "../../../src/metrics/storing-metrics.ts";
import { ThreadMetrics } from "../../../src/metrics/thread-metrics.ts";
import { eventually } from "../../support/eventually.ts";
import { Scrape } from "../../support/metrics-samples.ts";

const SRC = join(import.meta.dir, "../../../src");

/** Longer than the interval at which a thread measures its delay. */
const HELD_UP_MS = 300;

/** A thread's metrics, with 3 lines of its log dropped. */
function threadMetrics(thread: string): ThreadMetrics {
  return new ThreadMetrics(thread, { droppedLogLines: () => 3 });
}

/** The metrics of the threads, as Prometheus reads them. */
async function scrapeOf(...threads: readonly ThreadMetrics[]): Promise<Scrape> {
  return new Scrape(await metricsText(await Promise.all(threads.map((each) => each.read()))));
}

describe("the metrics of a thread", () => {
  test("leave out what needs a file when none can be opened", async () => {
    const code = `
      import { openSync } from "node:fs";
      import { ThreadMetrics } from ${JSON.stringify(join(SRC, "metrics/thread-metrics.ts"))};
      const metrics = new ThreadMetrics("worker", { droppedLogLines: () => 3 });
      await metrics.read();
      try {
        for (;;) openSync("/dev/null", "r");
      } catch {}
      const known = (await metrics.read()).filter(({ values }) => values.length > 0);
      console.log(known.map(({ name }) => name).join(" "));`;
    const command = ["sh", "-c", 'ulimit -n 60; exec "$0" "$@"', process.execPath, "-e", code];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
    const names = await child.stdout.text();
    expect(names).toContain("queueflow_log_lines_dropped_total");
    expect(names).not.toContain("queueflow_heap_used_bytes");
  });
});

describe("ingest metrics", () => {
  test("count requests by status, and events by outcome", async () => {
    const thread = threadMetrics("ingest-1");
    const metrics = new IngestMetrics(thread.registry);
    const startedAtMs = performance.now();
    metrics.accepted();
    metrics.answered("/event", 202, startedAtMs);
    metrics.accepted();
    metrics.answered("/event", 202, startedAtMs);
    metrics.refused("invalid_field");
    metrics.answered("/event", 422, startedAtMs);
    metrics.answered("/stats", 200, startedAtMs - 20_000);
    metrics.answered("other", 404, startedAtMs);
    const scrape = await scrapeOf(thread);
    const requests = "queueflow_http_requests_total";
    expect(scrape.value(requests, { route: "/event", status: "202" })).toBe(2);
    expect(scrape.value(requests, { route: "/event", status: "422" })).toBe(1);
    expect(scrape.value(requests, { route: "/stats", status: "200" })).toBe(1);
    expect(scrape.value(requests, { route: "other", status: "404" })).toBe(1);
    expect(scrape.all(requests)).toHaveLength(4);
    const seconds = "queueflow_http_request_duration_seconds";
    expect(scrape.value(`${seconds}_count`, { route: "/event" })).toBe(3);
    expect(scrape.value(`${seconds}_bucket`, { route: "/stats", le: "10" })).toBe(0);
    expect(scrape.value(`${seconds}_bucket`, { route: "/stats", le: "+Inf" })).toBe(1);
    expect(scrape.value(`${seconds}_sum`, { route: "/stats" })).toBeGreaterThanOrEqual(20);
    expect(scrape.value("queueflow_events_accepted_total")).toBe(2);
    const refused = "queueflow_events_refused_total";
    expect(scrape.value(refused, { reason: "invalid_field" })).toBe(1);
    expect(scrape.value(refused, { reason: "stream_full" })).toBe(0);
  });

  test("count the size and duration of flushes", async () => {
    const thread = threadMetrics("ingest-1");
    const metrics = new IngestMetrics(thread.registry);
    metrics.flushed(1, performance.now());
    metrics.flushed(64, performance.now() - 300);
    const scrape = await scrapeOf(thread);
    expect(scrape.value("queueflow_flush_events_sum")).toBe(65);
    expect(scrape.value("queueflow_flush_events_bucket", { le: "32" })).toBe(1);
    expect(scrape.value("queueflow_flush_duration_seconds_bucket", { le: "0.25" })).toBe(1);
    expect(scrape.value("queueflow_flush_duration_seconds_count")).toBe(2);
  });
});

describe("storing metrics", () => {
  test("count outcomes of a batch and the age of its entries", async () => {
    const thread = threadMetrics("consumer-1");
    const metrics = new StoringMetrics(thread.registry);
    const nowMs = Date.now();
    metrics.committed({
      way: "bisected",
      stored: 3,
      duplicates: 2,
      dead: 4,
      rejected: 1,
      poison: 2,
      lost: new Set(["1-0", "2-0"]),
      pruned: 1,
      transactionMs: 30,
      receivedAtMs: [nowMs - 100, nowMs - 4_000, nowMs + 60_000],
      nowMs,
    });
    metrics.acknowledged(40);
    metrics.retried();
    metrics.reclaimed(7);
    metrics.missed(5);
    const scrape = await scrapeOf(thread);
    const dead = "queueflow_dead_letters_total";
    expect(scrape.value(dead, { reason: "invalid" })).toBe(1);
    expect(scrape.value(dead, { reason: "rejected" })).toBe(1);
    expect(scrape.value(dead, { reason: "deadly" })).toBe(2);
    const skipped = "queueflow_entries_skipped_total";
    expect(scrape.value(skipped, { reason: "taken_over" })).toBe(2);
    expect(scrape.value(skipped, { reason: "pruned" })).toBe(1);
    expect(scrape.value("queueflow_events_stored_total")).toBe(3);
    expect(scrape.value("queueflow_events_duplicate_total")).toBe(2);
    expect(scrape.value("queueflow_batches_total", { way: "bisected" })).toBe(1);
    expect(scrape.value("queueflow_batches_total", { way: "copied" })).toBe(0);
    expect(scrape.value("queueflow_batch_entries_sum")).toBe(3);
    expect(scrape.value("queueflow_batch_transaction_duration_seconds_sum")).toBe(0.03);
    expect(scrape.value("queueflow_batch_duration_seconds_sum")).toBe(0.04);
    expect(scrape.value("queueflow_batch_retries_total")).toBe(1);
    expect(scrape.value("queueflow_entries_reclaimed_total")).toBe(7);
    expect(scrape.value("queueflow_entries_missing_total")).toBe(5);
    const stored = "queueflow_received_to_stored_seconds";
    expect(scrape.value(`${stored}_bucket`, { le: "0.005" })).toBe(1);
    expect(scrape.value(`${stored}_bucket`, { le: "0.1" })).toBe(2);
    expect(scrape.value(`${stored}_count`)).toBe(3);
    expect(scrape.value(`${stored}_sum`)).toBeCloseTo(4.1, 6);
  });
});

describe("the metrics of several threads", () => {
  test("are added up, apart from those labelled by thread", async () => {
    const [one, two] = [threadMetrics("ingest-1"), threadMetrics("ingest-2")];
    const startedAtMs = performance.now();
    const first = new IngestMetrics(one.registry);
    first.accepted();
    first.answered("/event", 202, startedAtMs);
    const second = new IngestMetrics(two.registry);
    second.accepted();
    second.answered("/event", 202, startedAtMs);
    second.refused("stream_full");
    second.answered("/event", 503, startedAtMs);
    const scrape = await scrapeOf(one, two);
    expect(scrape.value("queueflow_events_accepted_total")).toBe(2);
    expect(scrape.value("queueflow_events_refused_total", { reason: "stream_full" })).toBe(1);
    const count = "queueflow_http_request_duration_seconds_count";
    expect(scrape.value(count, { route: "/event" })).toBe(3);
    expect(scrape.value("queueflow_log_lines_dropped_total", { thread: "ingest-2" })).toBe(3);
    expect(scrape.all("queueflow_heap_used_bytes")).toHaveLength(2);
  });

  test("leave out gauges of unknown value", async () => {
    const readings = [
      { name: "queueflow_known", help: "Known.", value: 0 },
      { name: "queueflow_unknown", help: "Unknown.", value: undefined },
    ];
    const scrape = new Scrape(await gaugesText(readings));
    expect(scrape.samples).toEqual([{ name: "queueflow_known", labels: {}, value: 0 }]);
  });
});

describe("the metrics of an ended run", () => {
  test("keep counters and histograms only", async () => {
    const thread = threadMetrics("ingest-1");
    const metrics = new IngestMetrics(thread.registry);
    metrics.accepted();
    metrics.answered("/event", 202, performance.now());
    const run = sumsOf(structuredClone(await thread.read()));
    const scrape = new Scrape(await metricsText([await addUp([run, run]), run]));
    expect(scrape.value("queueflow_events_accepted_total")).toBe(3);
    expect(scrape.value("queueflow_http_request_duration_seconds_count", { route: "/event" })).toBe(
      3,
    );
    expect(scrape.all("queueflow_heap_used_bytes")).toEqual([]);
  });
});

describe("the delay of the event loop", () => {
  test("is counted", async () => {
    const thread = threadMetrics("ingest-1");
    const endAtMs = performance.now() + HELD_UP_MS;
    while (performance.now() < endAtMs);
    await eventually(async () => {
      const scrape = await scrapeOf(thread);
      const delay = "queueflow_event_loop_delay_seconds";
      const labels = { thread: "ingest-1" };
      const inTime = scrape.value(`${delay}_bucket`, { ...labels, le: "0.1" }) ?? 0;
      expect(scrape.value(`${delay}_count`, labels)).toBeGreaterThan(inTime);
    });
  });
});
