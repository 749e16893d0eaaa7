import type { Log, LogFields } from "../log/log.ts";
import type { Shell } from "./shell.ts";

/** Moves the cursor to the start of the line and clears it: a progress bar may be there. */
const CLEAR_LINE = "\r\u001b[K";

/** A log that writes plain lines to standard error, without debug records. */
export function shellLog({ stderr }: Shell): Log {
  const write = (fields: LogFields, message: string): void => {
    const details = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
    const line = details.length === 0 ? message : `${message} (${details.join(", ")})`;
    stderr.write(`${stderr.isTTY ? CLEAR_LINE : ""}${line}\n`);
  };
  return { debug: () => undefined, info: write, warn: write, error: write };
}
