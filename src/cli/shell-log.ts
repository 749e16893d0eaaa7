import type { Log, LogFields } from "../log/log.ts";
import { printable } from "../log/printable.ts";
import { CLEAR_LINE } from "./progress.ts";
import type { Shell } from "./shell.ts";

/** A log that writes plain lines to standard error, without debug records. */
export function shellLog({ stderr }: Shell): Log {
  const write = (fields: LogFields, message: string): void => {
    const details = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
    const line = details.length === 0 ? message : `${message} (${details.join(", ")})`;
    // Progress may be shown in this line.
    stderr.write(`${stderr.isTTY ? CLEAR_LINE : ""}${printable(line)}\n`);
  };
  return { debug: () => undefined, info: write, warn: write, error: write };
}
