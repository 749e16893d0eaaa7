import type { Log, LogFields } from "../log/log.ts";

/** Takes the cursor to the start of its line and clears the line, where a progress bar may stand. */
const CLEAR_LINE = "\r\u001b[K";

/**
 * The log of a command that a person runs: a sentence and its fields a line on standard error, so that
 * standard output holds nothing but the command's result. Debug records are left out.
 */
export const plainLog: Log = { debug: () => undefined, info: write, warn: write, error: write };

function write(fields: LogFields, sentence: string): void {
  const details = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
  const line = details.length === 0 ? sentence : `${sentence} (${details.join(", ")})`;
  process.stderr.write(`${process.stderr.isTTY ? CLEAR_LINE : ""}${line}\n`);
}
