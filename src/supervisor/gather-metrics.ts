import { afterDeadline } from "../async/deadline.ts";
import type { MetricsJson } from "../metrics/metrics-json.ts";
import type { ThreadStatus } from "../metrics/process-metrics.ts";
import type { ChildThread } from "./child-thread.ts";

/** How long a thread may take to answer, in milliseconds: a batch of thousands holds a loop for a tenth of it. */
const ANSWER_MS_MAX = 1_000;

/**
 * Asks every thread what it has counted, and answers when all that run have told, or the time is up: a thread that
 * hangs holds nobody up. Also answers how each thread is, and whether it has answered.
 */
export async function gatherMetrics(children: readonly ChildThread[]): Promise<{
  readonly metrics: readonly MetricsJson[];
  readonly threads: readonly ThreadStatus[];
}> {
  const answered = new Set<ChildThread>();
  const asked = children.map(async (child) => {
    if (await child.askToBeat()) answered.add(child);
  });
  await withinAnswerTime(Promise.all(asked));
  const threads = children.map((child) => ({ ...child.report(), answered: answered.has(child) }));
  const counts = children.map(
    async (child) => await child.counts.read({ answers: answered.has(child) }),
  );
  return { metrics: (await Promise.all(counts)).flat(), threads };
}

async function withinAnswerTime(answers: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = afterDeadline(ANSWER_MS_MAX, resolve);
  await Promise.race([answers, late]);
  cancel();
}
