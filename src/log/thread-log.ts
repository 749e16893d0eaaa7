import { limitRepeats } from "./limit-repeats.ts";
import { type Log, type LogLevel, openLog } from "./log.ts";
import { LogOutput } from "./log-output.ts";

/** A thread's log, with the number of lines dropped so far. */
export interface ThreadLog extends Log {
  readonly droppedLogLines: () => number;
}

/** Returns a thread's log. It writes to `logFd` from `openLogFile`, limits repeats, and writes held records on exit. */
export function openThreadLog(
  thread: string,
  { level, logFd }: { level: LogLevel; logFd: number },
): ThreadLog {
  const output = new LogOutput(logFd, thread);
  const log = limitRepeats(openLog(thread, { level, output }));
  process.once("exit", log.flush);
  return { ...log, droppedLogLines: () => output.droppedLinesTotal };
}
