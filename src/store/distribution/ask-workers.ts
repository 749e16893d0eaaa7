import type { ISql } from "postgres";
import { QueueFlowError } from "../../errors.ts";

/** What a worker of Citus said. */
export interface WorkerAnswer {
  /** `host:port`. */
  readonly worker: string;
  readonly answer: string;
}

/**
 * Returns the one value of a query on each worker; none where no tables are distributed.
 *
 * @throws QueueFlowError `database_unavailable` that names a worker that does not answer; what the driver throws.
 */
export async function askWorkers(sql: ISql, query: string): Promise<readonly WorkerAnswer[]> {
  const rows = await sql<(WorkerAnswer & { succeeded: boolean })[]>`
    SELECT nodename || ':' || nodeport AS worker, success AS succeeded, coalesce(result, '') AS answer
    FROM run_command_on_workers(${query})`;
  for (const { worker, succeeded, answer } of rows) {
    if (!succeeded) {
      const sentence = `The worker ${worker} of Citus does not answer: ${answer}`;
      throw new QueueFlowError("database_unavailable", sentence);
    }
  }
  return rows;
}
