import { type Log, type LogLevel, openLog } from "./log.ts";
import { LogOutput } from "./log-output.ts";
import { limitRepeats } from "./log-repeats.ts";

/**
 * The log of a thread, which writes to `logFd`, of `openLogFile`, and holds back what is repeated; that is written
 * at the latest when the thread exits.
 */
export function openThreadLog(
  thread: string,
  { level, logFd }: { level: LogLevel; logFd: number },
): Log {
  const log = limitRepeats(openLog(thread, { level, output: new LogOutput(logFd, thread) }));
  process.once("exit", log.flush);
  return log;
}
