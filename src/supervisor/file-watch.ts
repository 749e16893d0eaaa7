import { closeSync, openSync } from "node:fs";
import { Condition, type Problem } from "../log/condition.ts";
import type { Log } from "../log/log.ts";
import { openFiles, openFilesMax } from "../metrics/process-readings.ts";

const WATCH_INTERVAL_MS = 1_000;
/** As in the alert `QueueFlowFilesRunOut`. */
const NEAR_LIMIT_PART = 0.8;
const EXHAUSTED: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);
const REMEDY = "raise the limit (ulimit -n) or bound connections per client";

/**
 * Logs when open files run out, which Bun 1.4.5 does not report: its server keeps trying to accept on a whole core, and a thread
 * that starts ends the process. Returns a function that ends the watch.
 */
export function watchFiles(log: Log): () => void {
  const filesMax = openFilesMax();
  const condition = new Condition(log, "Files can be opened again");
  const timer = setInterval(() => {
    const problem = fileProblem(filesMax);
    if (problem === undefined) condition.recover();
    else condition.change(problem);
  }, WATCH_INTERVAL_MS);
  return () => clearInterval(timer);
}

function fileProblem(filesMax: number | undefined): Problem | undefined {
  const fields = { filesMax };
  if (isOutOfFiles()) {
    const message = `Open files exhausted: connections wait until others close; ${REMEDY}`;
    return { level: "error", message, fields };
  }
  if (!isNearLimit(filesMax)) return undefined;
  const message = `Open files near the limit, where a failed thread ends the process; ${REMEDY}`;
  return { level: "warn", message, fields };
}

function isNearLimit(filesMax: number | undefined): boolean {
  const open = openFiles();
  return open !== undefined && filesMax !== undefined && open > filesMax * NEAR_LIMIT_PART;
}

function isOutOfFiles(): boolean {
  try {
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && EXHAUSTED.has(error.code);
  }
}
