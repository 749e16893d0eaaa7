import { readFileSync } from "node:fs";
import { DAY_MS, utcDate } from "../src/event/day.ts";
import type { DayEvents, TextColumn } from "../src/reporting/columns/day-events.ts";
import { foldReport } from "../src/reporting/fold/fold-report.ts";
import type { Dimension, Filter, Metric, ReportPlan } from "../src/reporting/query/report-query.ts";
import type { SiteSnapshot } from "../src/reporting/snapshot/site-snapshot.ts";

/**
 * `bun bench/fold.ts [RUNS]`: times the fold alone, on a site of 8,900 events a day: returning users, 3.5 events a visit, 5,000 pages and
 * pages that occur once, 600 sources, 200 countries, properties on a fifth.
 */
const EVENTS_A_DAY = 8_900;
const FIRST_MS = Date.UTC(2025, 0, 1);
const runs = Number(Bun.argv[2] ?? 5);

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
  return (seed >>> 8) / 2 ** 24;
}
function zipf(count: number): number {
  return Math.floor(count ** random()) - 1;
}

const days = new Map<string, DayEvents>();
for (let day = 0; day < 366; day++) days.set(utcDate(FIRST_MS + day * DAY_MS), dayOf(day));

const snapshot: SiteSnapshot = {
  asOfMs: FIRST_MS + 366 * DAY_MS,
  firstDate: utcDate(FIRST_MS),
  lastDate: utcDate(FIRST_MS + 365 * DAY_MS),
  prefetch: () => Promise.resolve(),
  readDay: (date) => {
    const events = days.get(date);
    return Promise.resolve(events && { date, events, isIncomplete: false });
  },
  end: () => undefined,
};

const QUESTIONS: Record<string, { metrics: Metric[]; dimensions?: Dimension[]; filter?: Filter }> =
  {
    "views by Kathmandu day": { metrics: ["pageviews"], dimensions: ["time:day"] },
    "visitors and views by Kathmandu day": {
      metrics: ["visitors", "pageviews"],
      dimensions: ["time:day"],
    },
    "top pages with visitors": { metrics: ["visitors", "events"], dimensions: ["event:page"] },
    "countries by views": { metrics: ["pageviews"], dimensions: ["visit:country"] },
    visitors: { metrics: ["visitors"] },
    "visits, bounces, duration": {
      metrics: ["visits", "bounce_rate", "visit_duration", "views_per_visit"],
    },
    "all totals": {
      metrics: [
        "visitors",
        "visits",
        "pageviews",
        "views_per_visit",
        "bounce_rate",
        "visit_duration",
      ],
    },
    "sources with visitors and bounces": {
      metrics: ["visitors", "visits", "bounce_rate"],
      dimensions: ["visit:source"],
    },
    "entry pages": {
      metrics: ["visitors", "visits", "bounce_rate"],
      dimensions: ["visit:entry_page"],
    },
    "two filters by country with visitors": {
      metrics: ["visitors", "events"],
      dimensions: ["visit:country"],
      filter: {
        kind: "and",
        filters: [
          {
            kind: "match",
            operator: "is",
            dimension: "event:name",
            values: ["page_view", "signup"],
            isCaseSensitive: true,
          },
          {
            kind: "match",
            operator: "contains",
            dimension: "event:page",
            values: ["/1"],
            isCaseSensitive: true,
          },
        ],
      },
    },
    "a property": { metrics: ["visitors", "events"], dimensions: ["event:props:plan"] },
    "has done, by source": {
      metrics: ["visitors", "visits"],
      dimensions: ["visit:source"],
      filter: {
        kind: "has_done",
        filter: {
          kind: "match",
          operator: "is",
          dimension: "event:name",
          values: ["signup"],
          isCaseSensitive: true,
        },
      },
    },
  };

const RANGES = { "1 day": [180, 1], "31 days": [150, 31], "12 months": [0, 365] } as const;

for (const [question, asked] of Object.entries(QUESTIONS)) {
  if (Bun.argv[3] !== undefined && !question.includes(Bun.argv[3])) continue;
  const cells: string[] = [];
  for (const [range, [first, count]] of Object.entries(RANGES)) {
    const plan = planOf(asked, first, count);
    const times: number[] = [];
    const rounds = runs * (count === 365 ? 1 : 4);
    for (let run = 0; run < rounds; run++) {
      let slice = performance.now();
      const turn = {
        signal: new AbortController().signal,
        pause: () => {
          if (performance.now() - slice < 5) return undefined;
          return new Promise<void>((resolve) =>
            setImmediate(() => {
              slice = performance.now();
              resolve();
            }),
          );
        },
      };
      const start = cpuMs();
      await foldReport(plan, snapshot, turn);
      times.push(cpuMs() - start);
    }
    times.sort((left, right) => left - right);
    const best = times[0] ?? 0;
    const middle = times[times.length >> 1] ?? 0;
    const worst = times.at(-1) ?? 0;
    cells.push(
      `${range}: ${best.toFixed(1)} / ${middle.toFixed(1)} / ${worst.toFixed(1)} ms, ${((1e6 * best) / (count * EVENTS_A_DAY)).toFixed(0)} ns`,
    );
  }
  console.log(`${question.padEnd(40)} ${cells.join("   ")}`);
}

/** Of this thread: the machine may be shared. */
function cpuMs(): number {
  const path = `/proc/self/task/${process.pid}/schedstat`;
  return Number(readFileSync(path, "utf8").split(" ")[0]) / 1e6;
}

function planOf(
  { metrics, dimensions = [], filter }: (typeof QUESTIONS)[string],
  first: number,
  count: number,
): ReportPlan {
  const offset = 5.75 * 3_600_000;
  const fromMs = FIRST_MS + first * DAY_MS + (first === 0 ? DAY_MS : 0) - offset;
  const toMs = fromMs + (count - (first === 0 ? 1 : 0)) * DAY_MS;
  const starts = Array.from({ length: count }, (_, day) => fromMs + day * DAY_MS);
  return {
    siteId: "site",
    metrics,
    dimensions,
    ...(filter && { filter }),
    goals: [],
    range: { fromMs, toMs, gaps: [] },
    ...(dimensions.includes("time:day") && {
      buckets: {
        starts,
        rows: starts.map((_, row) => row),
        labels: starts.map((ms) => utcDate(ms + offset)),
      },
    }),
    timeZone: "Asia/Kathmandu",
    pageViewTypes: new Set(["page_view"]),
    include: { timeLabels: false, totalRows: true },
    orderBy: metrics[0] === undefined ? [] : [{ by: metrics[0], direction: "desc" }],
    limit: 10,
    offset: 0,
  };
}

function dayOf(day: number): DayEvents {
  const events: {
    at: number;
    user: number;
    type: string;
    path: string;
    country: string;
    device: string;
    referrer?: string;
    utm?: string;
    properties?: string;
  }[] = [];
  while (events.length < EVENTS_A_DAY) {
    const user = random() < 0.45 ? zipf(20_000) : 20_000 + Math.floor(random() * 3_000_000);
    let at = Math.floor(random() * DAY_MS);
    const country = `C${user % 200}`;
    const device = ["desktop", "mobile", "tablet"][user % 3] ?? "";
    const isBounce = random() < 0.45;
    const length = isBounce ? 1 : 2 + Math.floor(random() * 8);
    const referrer = random() < 0.6 ? `https://source${zipf(600)}.example/` : undefined;
    for (let step = 0; step < length && at < DAY_MS; step++) {
      const path = random() < 0.03 ? `/once/${day}-${events.length}` : `/page/${zipf(5_000)}`;
      const type =
        [
          "page_view",
          "page_view",
          "page_view",
          "page_view",
          "click",
          "engagement",
          "signup",
          "scroll",
        ][Math.floor(random() * 8)] ?? "";
      events.push({
        at,
        user,
        path,
        country,
        device,
        type: step === 0 ? "page_view" : type,
        ...(step === 0 &&
          referrer !== undefined && {
            referrer,
            ...(random() < 0.2 && { utm: `campaign${zipf(50)}` }),
          }),
        ...(random() < 0.2 && {
          properties: `{"plan": "${["free", "pro", "team"][user % 3]}", "seats": ${user % 10}}`,
        }),
      });
      at += Math.floor(random() * 300_000);
    }
  }
  events.length = EVENTS_A_DAY;
  events.sort((left, right) => left.at - right.at);
  const keyed = new Map(events.map(({ user }) => [user, Bun.hash.xxHash64(String(user))]));
  const users = [...keyed].toSorted(([, left], [, right]) => (left < right ? -1 : 1));
  const places = new Map(users.map(([user], place) => [user, place]));
  const texts = {
    event_type: column(events.map(({ type }) => type)),
    path: column(events.map(({ path }) => path)),
    country: column(events.map(({ country }) => country)),
    device: column(events.map(({ device }) => device)),
    referrer: column(events.map(({ referrer }) => referrer)),
    utm_campaign: column(events.map(({ utm }) => utm)),
    properties: column(events.map(({ properties }) => properties)),
  };
  return {
    count: events.length,
    times: Uint32Array.from(events, ({ at }) => at),
    users: Uint32Array.from(
      users.flatMap(([, hash]) => [Number(hash >> 32n), Number(hash & 0xffffffffn)]),
    ),
    userIndex: Uint32Array.from(events, ({ user }) => places.get(user) ?? 0),
    texts,
  };
}

function column(values: readonly (string | undefined)[]): TextColumn {
  const distinct = [...new Set(values.filter((value) => value !== undefined))].toSorted();
  const places = new Map(distinct.map((text, place) => [text, place + 1]));
  const parts = distinct.map((text) => Buffer.from(text));
  let end = 0;
  return {
    bytes: Buffer.concat(parts),
    ends: Uint32Array.from(parts, (part) => (end += part.length)),
    index: Uint32Array.from(values, (value) => places.get(value ?? "") ?? 0),
  };
}
