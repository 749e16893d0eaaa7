import { describe, expect, test } from "bun:test";
import { type Finding, verdictOf } from "../../../bench/report/finding.ts";
import { runSection, withRun } from "../../../bench/report/results-file.ts";
import { tableOf } from "../../../bench/report/table.ts";

const FASTER: Finding = {
  what: "accepted",
  unit: "requests/s",
  engine: [40_000, 50_000, 45_000],
  baseline: { name: "bare", values: [50_000, 50_000, 50_000] },
  line: { of: "ratio", bound: "at least", limit: 0.8 },
};
const LATER: Finding = {
  what: "p99",
  unit: "ms",
  engine: [251],
  line: { of: "value", bound: "at most", limit: 250 },
};

describe("verdictOf", () => {
  test("compares the median ratio of all pairs with the limit", () => {
    const { ratio, reached } = verdictOf(FASTER);
    expect(ratio).toEqual({ median: 0.9, min: 0.8, max: 1 });
    expect(reached).toBe(true);
  });

  test("compares the value itself when there is no baseline", () => {
    expect(verdictOf(LATER)).toMatchObject({ ratio: undefined, reached: false });
    expect(verdictOf({ ...LATER, engine: [250] }).reached).toBe(true);
  });

  test("is empty without a limit", () => {
    const { line: _, ...finding } = FASTER;
    expect(verdictOf(finding).reached).toBeUndefined();
  });
});

test("the table shows medians, spreads, ratios and limits", () => {
  const rows = tableOf([FASTER, LATER])
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows[2]?.slice(1, -1)).toEqual([
    "accepted",
    "45,000 (40,000–50,000) requests/s",
    "bare",
    "50,000 requests/s",
    "0.9 (0.8–1)",
    "at least 0.8",
    "yes",
  ]);
  expect(rows[3]?.slice(1, -1)).toEqual(["p99", "251 ms", "", "", "", "at most 250 ms", "NO"]);
});

describe("withRun", () => {
  const run = {
    command: "bun run bench",
    machine: new Map([
      ["date", "2026-01-15 09:30"],
      ["commit", "abc1234"],
    ]),
    findings: [LATER],
    notes: ["drain could not be measured: no disk"],
  };

  test("inserts a run with date, commit and notes first", () => {
    const text = withRun("# Results\n\n<!-- runs -->\n\n## older\n", runSection(run));
    expect(text.split(/^## /m).map((section) => section.split("\n")[0])).toEqual([
      "# Results",
      "2026-01-15 09:30, commit abc1234",
      "older",
    ]);
    expect(text).toContain("drain could not be measured: no disk\n");
  });

  test("finds the mark in bench/RESULTS.md", async () => {
    const results = await Bun.file(`${import.meta.dir}/../../../bench/RESULTS.md`).text();
    expect(withRun(results, "a run")).toContain("\n\na run");
  });
});
