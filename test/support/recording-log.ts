import type { Log, LogFields } from "../../src/log/log.ts";

export interface LogRecord {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: LogFields;
  readonly sentence: string;
}

/** Returns a log that keeps its records, oldest first, and writes nothing. */
export function recordingLog(): { readonly log: Log; readonly records: readonly LogRecord[] } {
  const records: LogRecord[] = [];
  const at = (level: LogRecord["level"]) => (fields: LogFields, sentence: string) => {
    records.push({ level, fields, sentence });
  };
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { log, records };
}
