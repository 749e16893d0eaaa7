import { limitRepeats } from "./limit-repeats.ts";
import { type Log, type LogLevel, openLog } from "./log.ts";
import { LogOutput } from "./log-output.ts";

export interface ThreadLog extends Log {
  readonly droppedLogLines: () => number;
}

/** Limits repeats and writes held records on exit. */
export function openThreadLog(
  thread: string,
  { level, logFd }: { level: LogLevel; logFd: number },
): ThreadLog {
  const output = new LogOutput(logFd, thread);
  const log = limitRepeats(openLog(thread, { level, output }));
  process.once("exit", log.flush);
  return { ...log, droppedLogLines: () => output.droppedLinesTotal };
}
