import { type ErrorCode, errorText, QueueFlowError } from "../../errors.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** Waiting for Redis does not fix these. */
const FAILURES: readonly { message: RegExp; code: ErrorCode; reason: string }[] = [
  { message: /^OOM /, code: "stream_full", reason: "it is out of memory" },
  {
    message: /exhausted the last possible ID/,
    code: "stream_exhausted",
    reason: "the stream has used the last possible id",
  },
];

/**
 * Converts the failure of a command, which may have been executed all the same. `doing` completes "Redis could not …". Reconnects
 * after a missed deadline: the connection may be half-open.
 *
 * @throws QueueFlowError `stream_full` when Redis is out of memory, `stream_exhausted`, otherwise `stream_unavailable`.
 */
export async function redisCall<Reply>(
  redis: Pick<RedisConnection, "disconnect">,
  doing: string,
  command: Promise<Reply>,
): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof QueueFlowError) throw error;
    const text = errorText(error);
    if (text === "Command timed out") redis.disconnect(true);
    const failure = FAILURES.find(({ message }) => message.test(text));
    if (failure !== undefined) {
      const sentence = `Redis could not ${doing}: ${failure.reason}`;
      throw new QueueFlowError(failure.code, sentence, { cause: error });
    }
    // The text of ioredis is about its own options.
    const cause = text.startsWith("Stream isn't writeable")
      ? new Error("there is no connection", { cause: connectionFailure(redis) })
      : error;
    throw new QueueFlowError("stream_unavailable", `Redis could not ${doing}`, { cause });
  }
}

/** Whether Redis refuses the command until a person acts. */
export function isRefused(error: unknown): boolean {
  const cause = error instanceof QueueFlowError ? error.cause : undefined;
  return cause instanceof Error && /^(NOPERM|WRONGTYPE) /.test(cause.message);
}
