import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const STREAMS = testedBy("test/unit/live-streams.test.ts");
const LIVE = testedBy("test/system/live.test.ts");
const SLICES = testedBy("test/unit/reporting/columns.test.ts");
const SNAPSHOTS = testedBy("test/store/reports/site-snapshot.test.ts");

/** Wrong numbers of now, and streams that cost too much or outlive their key. */
export const LIVE_MUTANTS: readonly Mutant[] = [
  {
    name: "live-outlives-its-key",
    promise: "a live stream ends when its key does",
    file: "src/http/live/live-watch.ts",
    find: "void listener.endUnlessAdmitted();",
    replace: "",
    course: STREAMS,
  },
  {
    name: "live-checks-no-key-again",
    promise: "a live stream ends when its key is revoked",
    file: "src/http/routes/live/open-stream.ts",
    find: "(await isFulfilled(admit()))",
    replace: "((await isFulfilled(admit())) || true)",
    course: LIVE,
  },
  {
    name: "live-buffers-without-bound",
    promise: "a listener that does not read is dropped",
    file: "src/http/live/live-listener.ts",
    find: "if ((this.#controller?.desiredSize ?? 0) < bytes.length) this.end();",
    replace: "",
    course: STREAMS,
  },
  {
    name: "live-opens-any-streams",
    promise: "the streams of a client are limited",
    file: "src/http/live/live-streams.ts",
    find: ">= LISTENERS_OF_CLIENT_MAX) {",
    replace: "< 0) {",
    course: STREAMS,
  },
  {
    name: "live-watches-any-sites",
    promise: "the sites that a thread watches are limited",
    file: "src/http/live/live-streams.ts",
    find: "this.#watches.size < SITES_MAX",
    replace: "this.#watches.size >= 0",
    course: STREAMS,
  },
  {
    name: "live-asks-all-at-once",
    promise: "a thread has one live question under way",
    file: "src/http/live/live-streams.ts",
    find: "if (this.#isAsking) return;",
    replace: "",
    course: STREAMS,
  },
  {
    name: "live-asks-for-nobody",
    promise: "a question ends with its last listener",
    file: "src/http/live/live-streams.ts",
    find: "watch.stop();",
    replace: "",
    course: STREAMS,
  },
  {
    name: "live-repeats-itself",
    promise: "a stream sends what changed",
    file: "src/http/live/live-watch.ts",
    find: "if (frame.identity === this.#last?.identity) return;",
    replace: "",
    course: STREAMS,
  },
  {
    name: "live-is-silent",
    promise: "a stream is never silent for 15 s",
    file: "src/http/live/live-watch.ts",
    find: "if (nowMs - listener.sentAtMs >= SILENCE_MS_MAX)",
    replace: "if (nowMs < 0)",
    course: STREAMS,
  },
  {
    name: "live-ignores-clocks-ahead",
    promise: "an event a little ahead of the clock counts as one of now",
    file: "src/reporting/live/live-plans.ts",
    find: "const toMs = nowMs + AHEAD_MS;",
    replace: "const toMs = nowMs + 1;",
    // A test of the engine passes once the clock has caught up.
    course: testedBy("test/unit/reporting/live-plans.test.ts"),
  },
  {
    name: "slice-keeps-places",
    promise: "a slice names its own users and texts",
    file: "src/reporting/columns/slice-day-events.ts",
    find: "renamed[i] = numbers[index[i] ?? 0] ?? 0;",
    replace: "renamed[i] = index[i] ?? 0;",
    course: SLICES,
  },
  {
    name: "snapshot-reads-whole-chunks",
    promise: "a snapshot within an interval has the events of the interval",
    file: "src/reporting/snapshot/places-within.ts",
    find: "to: firstAt(times, within.toMs - startMs),",
    replace: "to: times.length,",
    course: SNAPSHOTS,
  },
];
