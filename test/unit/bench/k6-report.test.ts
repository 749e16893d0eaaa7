import { describe, expect, test } from "bun:test";
import type { Plan } from "../../../bench/k6/plan.ts";
import { reportText } from "../../../bench/k6/report-text.ts";
import { type Metric, resultOf } from "../../../bench/k6/result.ts";
import { countedStatus, isUnknown, STATUSES } from "../../../bench/k6/statuses.ts";
import { Tenths } from "../../../bench/k6/tenths.ts";
import { slaTable, withSla } from "../../../bench/k6-run/sla-table.ts";
import { projectFile } from "../../packaging/project-files.ts";

const STEP = { sends: "events", seconds: 10, limitsLag: true } as const;
const PLAN: Plan = {
  script: "ingest-stress",
  parts: [
    { ...STEP, scenario: "at_100", rate: 100 },
    { ...STEP, scenario: "at_200", rate: 200 },
    { ...STEP, scenario: "at_300", rate: 300 },
  ],
};

/** What k6 measured in a step, and the thresholds that it exceeded. */
interface Measured {
  readonly accepted: number;
  readonly dropped?: number;
  readonly refused?: number;
  readonly p99Ms?: number;
  readonly lagMs?: number;
  readonly exceeds?: readonly string[];
}

function metricsOf(scenario: string, measured: Measured): Record<string, Metric> {
  const { accepted, dropped = 0, refused = 0, p99Ms = 5, lagMs, exceeds = [] } = measured;
  const metric = (values: Record<string, number>, threshold: string): Metric => ({
    values,
    thresholds: { [threshold]: { ok: !exceeds.includes(threshold) } },
  });
  const of = (name: string, tags = "") => `${name}{scenario:${scenario}${tags}}`;
  return {
    [of("http_req_duration", ",name:events,expected_response:true")]: metric(
      { "p(50)": 1, "p(95)": 2, "p(99)": p99Ms },
      "p(99)<50",
    ),
    [of("events_accepted")]: metric({ count: accepted }, "count>=999"),
    [of("dropped_iterations")]: metric({ count: dropped }, "count<=0"),
    [of("events_failed")]: metric({ count: refused }, "count<=1"),
    [of("events_failed", ",status:503")]: metric({ count: refused }, "count<=1"),
    ...(lagMs === undefined
      ? {}
      : {
          [of("lag_samples")]: metric({ count: 10 }, "count>=5"),
          [of("storing_lag")]: metric({ "p(95)": lagMs }, "p(95)<1000"),
        }),
  };
}

function reportOf(steps: readonly Measured[], whole: Record<string, Metric> = {}): string {
  const metrics = steps.map((step, index) => metricsOf(PLAN.parts[index]?.scenario ?? "", step));
  const accepted = steps.reduce((sum, step) => sum + step.accepted, 0);
  return reportText(
    resultOf(PLAN, {
      metrics: Object.assign(
        { events_accepted: { values: { count: accepted } } },
        ...metrics,
        whole,
      ),
    }),
  );
}

describe("the report of a load test", () => {
  test("shows the steps, the first that broke and why, and the knee", () => {
    const report = reportOf([
      { accepted: 1_000, lagMs: 12 },
      {
        accepted: 1_400,
        dropped: 588,
        refused: 12,
        p99Ms: 912.3,
        exceeds: ["p(99)<50", "count<=0", "count<=1", "count>=999"],
      },
    ]);
    expect(report).toBe(`
ingest-stress: LIMITS EXCEEDED

        offered  accepted  dropped   p50   p95     p99    lag  failed
at_100    1,000     1,000        0  1 ms  2 ms    5 ms  12 ms  0
at_200    2,000     1,400      588  1 ms  2 ms  912 ms      -  12 × 503

2,400 events accepted, 2,400 stored
The limits held up to 100 events a second
- at_200: p99 was 912 ms, the limit is 50 ms
- at_200: 588 not sent in time, because every VU was busy or k6 too slow
- at_200: 12 failed, the limit is 1
`);
  });

  test.each([
    [
      "the highest rate when all held",
      [{ accepted: 1_000 }, { accepted: 2_000 }, { accepted: 3_000 }],
      "up to 300 events a second, the highest rate: raise RATE_MAX",
    ],
    [
      "none when the lowest rate broke",
      [{ accepted: 900, refused: 100, exceeds: ["count<=1"] }],
      "broke at the lowest rate: begin with a lower RATE",
    ],
    [
      "no rate for a step that was cut",
      [{ accepted: 1_000 }, { accepted: 500, exceeds: ["count>=999"] }],
      "at_200 is not judged; the limits held up to 100 events a second",
    ],
    [
      "what failed before a step was cut",
      [{ accepted: 1_000 }, { accepted: 500, refused: 100, exceeds: ["count<=1", "count>=999"] }],
      "- at_200: 100 failed, the limit is 1",
    ],
  ])("names %s", (_, steps, sentence) => {
    expect(reportOf(steps)).toContain(sentence);
  });

  test.each([
    [
      "lost events",
      "events_missing",
      "count<=0",
      { count: 3 },
      "- 3 accepted events are not stored",
    ],
    [
      "events stored twice",
      "events_surplus",
      "count<=0",
      { count: 2 },
      "- 2 events are stored that were not sent, or stored twice",
    ],
    ["growth", "growth{of:lag}", "value<=2", { value: 3.21 }, "- the lag grew 3.2-fold"],
    [
      "missing samples",
      "growth_samples{of:dead_letters}",
      "count>=1",
      { count: 0 },
      "no samples of dead letters",
    ],
    ["dead letters", "dead_letters_added", "count<=0", { count: 4 }, "- 4 dead letters were added"],
  ])("names %s", (_, metric, threshold, values, sentence) => {
    const report = reportOf([{ accepted: 1_000 }], {
      [metric]: { values, thresholds: { [threshold]: { ok: false } } },
    });
    expect(report).toContain("LIMITS EXCEEDED");
    expect(report).toContain(sentence);
  });

  test("counts stored events without those that are missing", () => {
    const report = reportOf([{ accepted: 1_000 }], { events_missing: { values: { count: 3 } } });
    expect(report).toContain("1,000 events accepted, 997 stored");
  });

  test("says when nothing was measured", () => {
    expect(reportText(resultOf(PLAN, { metrics: {} }))).toBe(
      "\ningest-stress: nothing was measured.\n",
    );
  });
});

describe("the status of a response", () => {
  test.each([
    [503, "503", true],
    [0, "0", true],
    [422, "422", false],
    [418, "other", false],
    [599, "other", true],
  ])("%d is counted as %s", (status, counted, unknown) => {
    expect([countedStatus(status), isUnknown(status)]).toEqual([counted, unknown]);
  });

  test("is counted on its own if the API uses it", () => {
    const table = projectFile("docs/api.md").matchAll(/^\| (\d{3}) \| `/gm);
    const documented = [...table].map(([, status = ""]) => status);
    expect(documented.length).toBeGreaterThan(5);
    expect(STATUSES).toEqual(expect.arrayContaining(documented));
  });
});

describe("the last tenth of a soak", () => {
  const growthOf = (floor: number, samples: readonly (readonly [number, number])[]) => {
    const tenths = new Tenths(floor);
    for (const [number, progress] of samples) tenths.add(number, progress);
    return tenths.growth();
  };

  test.each([
    [
      "by medians",
      1,
      [
        [1, 0],
        [2, 0.05],
        [90, 0.09],
        [6, 0.9],
        [5, 0.95],
        [7, 1],
      ],
      3,
    ],
    [
      "without what lies between",
      1,
      [
        [2, 0],
        [99, 0.1],
        [99, 0.89],
        [2, 0.95],
      ],
      1,
    ],
    [
      "not below the floor",
      4,
      [
        [1, 0],
        [3, 1],
      ],
      1,
    ],
    [
      "not before it has samples",
      1,
      [
        [1, 0],
        [3, 0.5],
      ],
      undefined,
    ],
  ] as const)("is compared with the first %s", (_, floor, samples, growth) => {
    expect(growthOf(floor, samples)).toBe(growth);
  });
});

describe("the SLA table", () => {
  test("has a row for the knee, with what exceeded a limit", () => {
    const result = resultOf(PLAN, {
      metrics: {
        events_accepted: { values: { count: 3_000 } },
        ...metricsOf("at_100", { accepted: 1_000, lagMs: 12 }),
        ...metricsOf("at_200", { accepted: 1_900, refused: 100, exceeds: ["count<=1"] }),
      },
    });
    const rows = slaTable([result]).split("\n");
    expect(rows.length).toBe(3);
    expect(rows[2]?.replace(/ +/g, " ")).toBe(
      "| `ingest-stress` | 100 events/s for 10 s, the highest rate that held | 1 ms | 2 ms | 5 ms | 12 ms | 3,000 | 3,000 | held |",
    );
  });

  test("replaces the one of docs/benchmarks.md", () => {
    const document = projectFile("docs/benchmarks.md");
    const written = withSla(document, "| new |");
    expect(written).toContain("`bun run bench:k6 --all` -->\n\n| new |\n\n<!-- end -->");
    expect(withSla(written, "| new |")).toBe(written);
    expect(() => withSla("# Benchmarks", "")).toThrow("Expected the lines");
  });
});
