import { limitRepeats } from "./limit-repeats.ts";
import { type Log, type LogLevel, openLog } from "./log.ts";
import { LogOutput } from "./log-output.ts";

/** A thread's log, with how many lines nobody has taken so far. */
export interface ThreadLog extends Log {
  readonly droppedLogLines: () => number;
}

/**
 * The log of a thread, which writes to `logFd`, of `openLogFile`, and holds back what is repeated; that is written
 * at the latest when the thread exits.
 */
export function openThreadLog(
  thread: string,
  { level, logFd }: { level: LogLevel; logFd: number },
): ThreadLog {
  const output = new LogOutput(logFd, thread);
  const log = limitRepeats(openLog(thread, { level, output }));
  process.once("exit", log.flush);
  return { ...log, droppedLogLines: () => output.droppedLinesTotal };
}
