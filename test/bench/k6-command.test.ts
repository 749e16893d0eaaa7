import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { projectFile, ROOT } from "../packaging/project-files.ts";
import { emptyFolder } from "../support/engine.ts";

async function benchK6(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = Bun.spawn([process.execPath, join(ROOT, "bench/k6.ts"), ...args], {
    env: { PATH: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, output, errors };
}

/** Returns a program that prints how it is called, and exits with 108. */
async function echoProgram(): Promise<string> {
  const path = join(emptyFolder(), "k6");
  await Bun.write(path, '#!/bin/sh\necho "$@, $RATE, $TARGET, $K6_NO_USAGE_REPORT"\nexit 108\n');
  chmodSync(path, 0o755);
  return path;
}

describe("bench:k6", () => {
  test.each([
    [["no-such-script"], {}, 2, "Usage: bun run bench:k6 ingest-latency|"],
    [[], {}, 2, "Usage: bun run bench:k6 ingest-latency|"],
    [["spike"], {}, 1, "There is no k6 on the PATH, and K6_BIN names none."],
    [["--all"], { K6_BIN: "/nonexistent/k6" }, 1, "Get 0.57 or newer from https://grafana.com/"],
  ])("given %j and %j exits with %d", async (args, env, code, message) => {
    const { exitCode, errors } = await benchK6(args, env);
    expect(errors).toContain(message);
    expect(exitCode).toBe(code);
  });

  test("runs a script without usage reports and returns k6's exit code", async () => {
    const env = { K6_BIN: await echoProgram(), RATE: "5" };
    const { exitCode, output } = await benchK6(["soak", "--out", "csv"], env);
    expect(output).toBe(`run --out csv ${join(ROOT, "bench/k6/soak.ts")}, 5, , true\n`);
    expect(exitCode).toBe(108);
  });

  test("writes no table when a script cannot run", async () => {
    const before = projectFile("docs/benchmarks.md");
    const env = {
      PATH: Bun.env["PATH"] ?? "",
      K6_BIN: await echoProgram(),
      TARGET: "http://engine:1",
    };
    const { exitCode, output } = await benchK6(["--all"], env);
    expect(output).toBe(
      `run --quiet ${join(ROOT, "bench/k6/ingest-latency.ts")}, , http://engine:1, true\n`,
    );
    expect(exitCode).toBe(108);
    expect(projectFile("docs/benchmarks.md")).toBe(before);
  });
});
