import type { RunResult } from "./run-tests.ts";

const SLOWEST_SHOWN = 10;

/**
 * Returns the last lines of the output: the slowest files, the failed tests of each file, and the totals. What failed is named again,
 * because its own output is far above.
 */
export function summary(results: readonly RunResult[]): string {
  const sum = (count: "pass" | "fail") =>
    results.reduce((total, result) => total + result[count], 0);
  const slowest = results.toSorted((a, b) => b.tookMs - a.tookMs).slice(0, SLOWEST_SHOWN);
  const lines = [
    "The slowest files:",
    ...slowest.map(({ name, tookMs }) => `${seconds(tookMs).padStart(6)}  ${name}`),
    ...results.filter(({ exitCode }) => exitCode !== 0).flatMap(failureLines),
    "",
    ` ${sum("pass")} pass`,
    ` ${sum("fail")} fail`,
  ];
  return `\n${lines.join("\n")}\n`;
}

function failureLines({ name, exitCode, failures, tookMs, load }: RunResult): readonly string[] {
  const loaded = `under a load average of ${load.toFixed(1)}`;
  return ["", `${name} exited with ${exitCode} after ${seconds(tookMs)} ${loaded}:`, ...failures];
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
