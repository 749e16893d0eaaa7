import { pino } from "pino";

/** `debug` per batch, `warn` recovered, `error` data lost or a person must act. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** Messages are constant; variables go into the fields. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export interface LogDestination {
  write(line: string): void;
}

/** Logs one JSON line per record. An output that writes at once loses no record when the process is killed. */
export function openLog(
  thread: string,
  { level, output }: { level: LogLevel; output: LogDestination },
): Log {
  return pino(
    {
      level,
      base: { thread },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
}
