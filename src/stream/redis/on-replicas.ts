import { QueueFlowError } from "../../errors.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** Ends before the deadline of a command, to count the replicas that have the write. */
const WAIT_MS_MAX = 500;

/**
 * Resolves as `write`, a command just sent on this connection, once enough replicas have it. Sends WAIT behind it at once.
 *
 * @throws QueueFlowError `stream_unavailable` when fewer have it; as `write`.
 */
export async function onReplicas<Reply>(
  redis: RedisConnection,
  write: Promise<Reply>,
  replicasMin: number,
): Promise<Reply> {
  const [reply, replicas] = await Promise.all([
    write,
    redis.call("WAIT", [replicasMin, WAIT_MS_MAX]).then(Number),
  ]);
  if (replicas >= replicasMin) return reply;
  const sentence = `${replicas} of ${replicasMin} replicas of Redis have the event`;
  throw new QueueFlowError("stream_unavailable", sentence);
}
