import { pino } from "pino";

/** Levels by severity: `debug` per batch, `warn` recovered and nothing lost, `error` data lost or a person must act. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** The least severe level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The variables of a record. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger of one JSON line per record. Messages are constant: variables go into the fields. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Takes log lines, newlines included. */
export interface LogDestination {
  write(line: string): void;
}

/** Returns a logger whose records carry `thread`. With a destination that writes at once, a killed process loses no record. */
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
