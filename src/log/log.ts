import { pino } from "pino";

/** The levels of style: `debug` per batch, `warn` recovered with nothing lost, `error` a person must act. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** The least severe level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a record's variables look like; the message itself is a sentence without variables. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger of one JSON line a record on standard output. */
export interface Log {
  debug(fields: LogFields, sentence: string): void;
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
}

/** Where the lines of a log go, newlines included. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * A logger whose records carry `thread`. A destination that writes at once loses no record that was written just
 * before a thread or the process is ended.
 */
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
