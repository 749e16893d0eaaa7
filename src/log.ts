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

/**
 * A logger whose records carry `thread`. Writes are synchronous, so a record written just before a
 * thread or the process is ended is not lost with it.
 */
export function openLog(thread: string, level: LogLevel): Log {
  const output = pino.destination({ dest: 1, sync: true });
  // A full disk or a closed terminal costs the lines, not the engine: without a listener it would throw.
  output.on("error", () => undefined);
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
