import { Type } from "@sinclair/typebox";
import type { Session } from "../../access/session.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../../event/limits.ts";
import { keyBeside } from "../key-beside.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

/** Sets the secret unless another thread has. */
const SET_SECRET = defineScript(`#!lua flags=allow-oom
if redis.call('HEXISTS', KEYS[1], 'secret') == 0 then redis.call('HSET', KEYS[1], 'secret', ARGV[1]) end
return redis.call('HMGET', KEYS[1], 'secret', 'changes')
`);

/** Forgets those that are over by themselves, by every clock. */
const END = defineScript(`#!lua flags=allow-oom
local ended = redis.call('HGETALL', KEYS[2])
for i = 1, #ended, 2 do
  if tonumber(ended[i + 1]) <= tonumber(ARGV[3]) then redis.call('HDEL', KEYS[2], ended[i]) end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'changes', 1)
`);

const NullableString = Type.Union([Type.String(), Type.Null()]);
const stateReply = replySchema(Type.Tuple([NullableString, NullableString]));
/** When each ended session is over by itself, by its id. */
const endedReply = replySchema(Type.Record(Type.String(), Type.String()));

export interface SessionState {
  readonly secret: string;
  /** Counts ended sessions, so that threads read them only when there is a new one. */
  readonly changes: string;
}

/**
 * Returns the secret that Redis has, which is `secretIfNone` when it had none. Writes only then: a write to a replica ends the
 * connection.
 *
 * @throws QueueFlowError as `redisCall`.
 */
export async function readSessionState(
  redis: RedisConnection,
  stream: string,
  secretIfNone: string,
): Promise<SessionState> {
  const doing = "read the secret of sessions";
  const key = sessionsKey(stream);
  const read = stateOf(await redisCall(redis, doing, redis.hmget(key, "secret", "changes")));
  if (read !== undefined) return read;
  const set = stateOf(
    await runScript(redis, SET_SECRET, { doing, keys: [key], args: [secretIfNone] }),
  );
  return set ?? { secret: secretIfNone, changes: "0" };
}

function stateOf(reply: unknown): SessionState | undefined {
  const [secret, changes] = stateReply(reply);
  return secret === null ? undefined : { secret, changes: changes ?? "0" };
}

/** @throws QueueFlowError as `redisCall`. */
export async function readEndedSessions(
  redis: RedisConnection,
  stream: string,
): Promise<ReadonlySet<string>> {
  const reading = redis.hgetall(endedKey(stream));
  return new Set(Object.keys(endedReply(await redisCall(redis, "read ended sessions", reading))));
}

/** @throws QueueFlowError as `redisCall`. */
export async function storeEndedSession(
  redis: RedisConnection,
  stream: string,
  { id, expiresAtMs }: Session,
): Promise<void> {
  await runScript(redis, END, {
    doing: "end a session",
    keys: [sessionsKey(stream), endedKey(stream)],
    // Another process, whose clock is behind, would take a forgotten one again.
    args: [id, expiresAtMs, Date.now() - CLOCK_DIFFERENCE_MS_MAX],
  });
}

/** Ends every session. @throws QueueFlowError as `redisCall`. */
export async function storeSessionSecret(
  redis: RedisConnection,
  stream: string,
  secret: string,
): Promise<void> {
  const writing = redis.hset(sessionsKey(stream), { secret });
  await redisCall(redis, "change the secret of sessions", writing);
}

function sessionsKey(stream: string): string {
  return keyBeside(stream, "sessions");
}

function endedKey(stream: string): string {
  return keyBeside(stream, "sessions:ended");
}
