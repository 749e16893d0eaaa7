import type { Log, LogFields } from "./log.ts";

/** Returns a log whose records have these fields too. */
export function withFields(log: Log, fields: LogFields): Log {
  const passOn = (level: keyof Log) => (own: LogFields, message: string) =>
    log[level]({ ...fields, ...own }, message);
  return {
    debug: passOn("debug"),
    info: passOn("info"),
    warn: passOn("warn"),
    error: passOn("error"),
  };
}
