import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "../../src/cli/run-cli.ts";
import { confirmed, print, printError, type Shell } from "../../src/cli/shell.ts";
import { shellLog } from "../../src/cli/shell-log.ts";
import { watchScreen } from "../../src/cli/status/watch-screen.ts";
import { openLog } from "../../src/log/log.ts";
import { LogOutput } from "../../src/log/log-output.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Clears the screen, in both of a terminal's spellings, reverses the text, and rings. */
const EVIL = "a\u001b[2Jb\u009b2Jc\u202ed\u0007e\u007ff\rg";
const ESCAPED = String.raw`a\u001b[2Jb\u009b2Jc\u202ed\u0007e\u007ff\u000dg`;

/** Returns what a shell was given on both of its outputs. */
async function printedBy(act: (shell: Shell) => unknown): Promise<string> {
  const output = new PassThrough();
  const interrupted = new AbortController();
  await act({
    env: {},
    folder: "/",
    stdin: new PassThrough().end(),
    stdout: output,
    stderr: output,
    interruption: () => interrupted.signal,
  });
  return String(output.read());
}

describe("control characters of a value are escaped", () => {
  const sinks: readonly (readonly [string, (shell: Shell) => unknown])[] = [
    ["in output", (shell) => print(shell, "values:", EVIL)],
    ["in JSON output", (shell) => print(shell, JSON.stringify({ value: EVIL }, null, 2))],
    ["on standard error", (shell) => printError(shell, EVIL)],
    ["in a question", async (shell) => await confirmed(shell, EVIL)],
    ["in a command's log", (shell) => shellLog(shell).info({ value: EVIL }, "Read")],
    [
      "in a usage error",
      async (shell) => await runCli([`--${EVIL}`], { serve: async () => undefined, shell }),
    ],
  ];
  test.each(sinks)("%s", async (_, act) => {
    const printed = await printedBy(act);
    expect(printed.replace(String.raw`\r`, String.raw`\u000d`)).toContain(ESCAPED);
  });

  test("on a watched screen", async () => {
    const frames = new PassThrough();
    let shown = "";
    frames.on("data", (bytes) => {
      shown += String(bytes);
    });
    const ended = new AbortController();
    let frame = 0;
    const next = async () => {
      frame += 1;
      if (frame === 2) ended.abort();
      return [EVIL];
    };
    const options = { intervalMs: 1, signal: ended.signal };
    await watchScreen(frames, next, options).catch(() => undefined);
    expect(shown).toContain(ESCAPED);
  });

  test("in the engine's log, which stays JSON", () => {
    const file = join(temporaryFolder("log"), "log");
    const fd = openSync(file, "w");
    const log = openLog("worker", { level: "info", output: new LogOutput(fd, "worker") });
    log.info({ value: EVIL }, "Read");
    closeSync(fd);
    const line = readFileSync(file, "utf8");
    expect(JSON.parse(line)).toMatchObject({ value: EVIL });
    expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
