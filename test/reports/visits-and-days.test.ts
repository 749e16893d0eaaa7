import { describe, expect, test } from "bun:test";
import type { ReceivedEvent } from "../../src/event/event.ts";
import type { ReportQuery, SiteSettings } from "../../src/reporting/query/report-query.ts";
import { ReportStage } from "../support/reports/report-stage.ts";
import { sampleQuery } from "../support/reports/sample-query.ts";
import { useTestedReports } from "../support/reports/use-tested-reports.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";

const MINUTE_MS = 60_000;
const reports = useTestedReports();

const ALL_VISITS: Partial<ReportQuery> = {
  metrics: ["visits", "events", "bounce_rate", "visit_duration", "views_per_visit"],
  dimensions: ["time:day", "visit:entry_page", "visit:exit_page"],
  dateRange: { kind: "preset", preset: "all" },
};

describe("one visit", () => {
  /** 13 events, 10 minutes apart, around midnight. */
  const acrossMidnight = walk("2026-01-15T23:00:00Z", { count: 13, gapMs: 10 * MINUTE_MS });
  /** 120 events, 30 minutes apart. */
  const overThreeDays = walk("2026-01-15T06:00:00Z", { count: 120, gapMs: 30 * MINUTE_MS });
  const even = acrossMidnight.filter((_, place) => place % 2 === 0);
  const odd = acrossMidnight.filter((_, place) => place % 2 === 1);

  test("lies in two parts of a day", async () => {
    const stage = await play([even, "pack", odd, "pack"]);
    expect(await answer(stage, ALL_VISITS)).toEqual([
      ["2026-01-15", "/1", "/13", 1, 6, 0, 7_200, 13],
      ["2026-01-16", "/1", "/13", 0, 7, null, null, null],
    ]);
  });
  test("lies in a chunk and in the tail", async () => {
    const stage = await play([odd, "pack", even]);
    expect(await answer(stage, ALL_VISITS)).toEqual([
      ["2026-01-15", "/1", "/13", 1, 6, 0, 7_200, 13],
      ["2026-01-16", "/1", "/13", 0, 7, null, null, null],
    ]);
  });
  test("lasts for three days", async () => {
    const stage = await play([overThreeDays, "pack"]);
    expect(await answer(stage, ALL_VISITS)).toEqual([
      ["2026-01-15", "/1", "/120", 1, 36, 0, 214_200, 120],
      ["2026-01-16", "/1", "/120", 0, 48, null, null, null],
      ["2026-01-17", "/1", "/120", 0, 36, null, null, null],
    ]);
  });
  test("counts whole where only its begin is asked for", async () => {
    const stage = await play([overThreeDays, "pack"]);
    const first = { kind: "dates", from: "2026-01-15", to: "2026-01-15" } as const;
    expect(await answer(stage, { ...ALL_VISITS, dimensions: [], dateRange: first })).toEqual([
      [1, 36, 0, 214_200, 120],
    ]);
    const last = { kind: "dates", from: "2026-01-17", to: "2026-01-17" } as const;
    expect(await answer(stage, { ...ALL_VISITS, dimensions: [], dateRange: last })).toEqual([
      [0, 36, null, null, null],
    ]);
  });
  test("keeps the order of an instant over two parts", async () => {
    const [a, b, c] = [0x3, 0x1, 0x2].map((id) =>
      visitor({
        eventId: `00000000-0000-4000-8000-00000000000${id}`,
        path: `/${id}`,
        timestamp: "2026-01-15T12:00:00.000Z",
      }),
    );
    const stage = await play([[a, b], "pack", [c], "pack"] as Act[]);
    const rows = [["2026-01-15", "/1", "/3", 1, 3, 0, 0, 3]];
    const prune = { kind: "prune", before: "2026-02-01" } as const;
    expect(await answer(stage, ALL_VISITS)).toEqual(rows);
    await stage.apply(prune);
    expect(await answer(stage, ALL_VISITS)).toEqual(rows);
    await stage.apply({ kind: "merge" });
    await stage.apply(prune);
    expect(await answer(stage, ALL_VISITS)).toEqual(rows);
  });
  test("keeps the order of an instant of a day packed in half", async () => {
    const [a, b] = ["2", "1"].map((id) =>
      visitor({
        eventId: `00000000-0000-4000-8000-00000000000${id}`,
        path: `/${id}`,
        timestamp: "2026-01-15T12:00:00.000Z",
      }),
    );
    const stage = await play([[a], "pack", [b]] as Act[]);
    const rows = [["2026-01-15", "/1", "/2", 1, 2, 0, 0, 2]];
    const prune = { kind: "prune", before: "2026-02-01" } as const;
    const pack = { kind: "pack", rowsMax: 10_000, passesMax: 1 } as const;
    for (const step of [prune, pack, prune, { kind: "merge" } as const, prune]) {
      await stage.apply(step);
      expect(await answer(stage, ALL_VISITS)).toEqual(rows);
    }
  });
});

/** A local date and the instants at which it begins and ends. */
const DAYS: readonly {
  zone: string;
  date: string;
  parts: readonly (readonly [string, string])[];
}[] = [
  { zone: "UTC", date: "2025-06-15", parts: [["2025-06-15T00:00Z", "2025-06-16T00:00Z"]] },
  {
    zone: "Asia/Kathmandu",
    date: "2025-06-15",
    parts: [["2025-06-14T18:15Z", "2025-06-15T18:15Z"]],
  },
  {
    zone: "Pacific/Chatham",
    date: "2025-06-15",
    parts: [["2025-06-14T11:15Z", "2025-06-15T11:15Z"]],
  },
  {
    zone: "Pacific/Marquesas",
    date: "2024-02-29",
    parts: [["2024-02-29T09:30Z", "2024-03-01T09:30Z"]],
  },
  {
    zone: "Pacific/Kiritimati",
    date: "2025-01-01",
    parts: [["2024-12-31T10:00Z", "2025-01-01T10:00Z"]],
  },
  {
    zone: "Europe/Berlin",
    date: "2025-03-30",
    parts: [["2025-03-29T23:00Z", "2025-03-30T22:00Z"]],
  },
  {
    zone: "Europe/Berlin",
    date: "2025-10-26",
    parts: [["2025-10-25T22:00Z", "2025-10-26T23:00Z"]],
  },
  {
    zone: "Australia/Lord_Howe",
    date: "2025-04-06",
    parts: [["2025-04-05T13:00Z", "2025-04-06T13:30Z"]],
  },
  {
    zone: "Australia/Lord_Howe",
    date: "2025-10-05",
    parts: [["2025-10-04T13:30Z", "2025-10-05T13:00Z"]],
  },
  {
    zone: "America/Sao_Paulo",
    date: "2018-11-04",
    parts: [["2018-11-04T03:00Z", "2018-11-05T02:00Z"]],
  },
  { zone: "Asia/Tehran", date: "2022-09-21", parts: [["2022-09-20T19:30Z", "2022-09-21T20:30Z"]] },
  {
    zone: "Antarctica/Troll",
    date: "2025-03-30",
    parts: [["2025-03-30T00:00Z", "2025-03-30T22:00Z"]],
  },
  {
    zone: "Antarctica/Casey",
    date: "2022-10-02",
    parts: [["2022-10-01T16:00Z", "2022-10-02T13:00Z"]],
  },
  // Clocks go back from 00:01 to 23:01: the date before goes on for 59 minutes.
  {
    zone: "America/St_Johns",
    date: "2010-11-06",
    parts: [
      ["2010-11-06T02:30Z", "2010-11-07T02:30Z"],
      ["2010-11-07T02:31Z", "2010-11-07T03:30Z"],
    ],
  },
  {
    zone: "America/St_Johns",
    date: "2010-11-07",
    parts: [
      ["2010-11-07T02:30Z", "2010-11-07T02:31Z"],
      ["2010-11-07T03:30Z", "2010-11-08T03:30Z"],
    ],
  },
];

describe("a local day", () => {
  test.each(DAYS)("of $zone, $date, has its events only", async ({ zone, date, parts }) => {
    const edges = parts.flatMap(([begin, end]) => [Date.parse(begin), Date.parse(end)]);
    const instants = edges.flatMap((ms) => [ms - 1, ms]);
    const stage = await play([
      instants.map((ms, place) => at(new Date(ms).toISOString(), `/${place}`)),
      "pack",
    ]);
    const day: Partial<ReportQuery> = {
      metrics: ["events"],
      timeZone: zone,
      dateRange: { kind: "dates", from: date, to: date },
    };
    const within = 2 * parts.length;
    expect(await answer(stage, day)).toEqual([[within]]);
    expect(await answer(stage, { ...day, dimensions: ["time:day"] })).toEqual([[date, within]]);
    const series = {
      ...day,
      dimensions: ["time:day"],
      dateRange: { kind: "preset", preset: "all" },
    } as const;
    expect(await answer(stage, series)).toContainEqual([date, within]);
  });
  test("that never was has nothing", async () => {
    const stage = await play([
      [at("2011-12-30T09:59:59.999Z", "/1"), at("2011-12-30T10:00:00.000Z", "/2")],
    ]);
    const apia = { metrics: ["events", "visits"], timeZone: "Pacific/Apia" } as const;
    const day = { kind: "dates", from: "2011-12-30", to: "2011-12-30" } as const;
    expect(await answer(stage, { ...apia, dateRange: day })).toEqual([[0, 0]]);
    const all = {
      ...apia,
      metrics: ["events"],
      dimensions: ["time:day"],
      dateRange: { kind: "preset", preset: "all" },
    } as const;
    expect(await answer(stage, all)).toEqual([
      ["2011-12-29", 1],
      ["2011-12-31", 1],
    ]);
  });
});

const SETTINGS: SiteSettings = {
  timeZone: "UTC",
  pageViewTypes: ["page_view"],
  goals: [],
  segments: [],
};

type Act = "pack" | readonly ReceivedEvent[];

async function play(acts: readonly Act[]): Promise<ReportStage> {
  const world = { settings: SETTINGS, nowMs: Date.parse("2026-03-01T12:00:00Z") };
  const stage = new ReportStage(reports(), world);
  for (const act of acts) {
    if (act === "pack") await stage.apply({ kind: "pack", rowsMax: 10_000, passesMax: 1 });
    else await stage.apply({ kind: "store", events: act });
  }
  return stage;
}

/** Returns the rows on which the engine and the oracle agree. */
async function answer(
  stage: ReportStage,
  query: Partial<ReportQuery>,
): Promise<readonly unknown[][]> {
  const { expected, received } = await stage.ask(sampleQuery(query));
  expect(received).toEqual(expected);
  return expected.rows.map(({ dimensions, metrics }) => [...dimensions, ...metrics]);
}

function walk(
  start: string,
  { count, gapMs }: { readonly count: number; readonly gapMs: number },
): readonly ReceivedEvent[] {
  return Array.from({ length: count }, (_, place) =>
    at(new Date(Date.parse(start) + place * gapMs).toISOString(), `/${place + 1}`),
  );
}

function at(timestamp: string, path: string): ReceivedEvent {
  return visitor({ timestamp, path });
}

function visitor(fields: Partial<ReceivedEvent>): ReceivedEvent {
  return sampleReceivedEvent({ userId: "visitor", ...fields });
}
