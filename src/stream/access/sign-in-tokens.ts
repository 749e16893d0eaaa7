import { Type } from "@sinclair/typebox";
import { SessionSubject } from "../../access/session.ts";
import { keyBeside } from "../key-beside.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

const STORE = defineScript(`#!lua flags=allow-oom
redis.call('HSET', KEYS[1], 'subject', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
`);

/** Whoever comes first has it: a script runs alone. */
const TAKE = defineScript(`#!lua flags=allow-oom
local subject = redis.call('HGET', KEYS[1], 'subject')
redis.call('DEL', KEYS[1])
return subject
`);

const takeReply = replySchema(Type.Union([Type.String(), Type.Null()]));
const subjectOf = replySchema(SessionSubject);

/** @throws QueueFlowError as `redisCall`. */
export async function storeSignInToken(
  redis: RedisConnection,
  stream: string,
  { token, subject, forS }: { token: string; subject: SessionSubject; forS: number },
): Promise<void> {
  const args = [JSON.stringify(subject), forS];
  const call = { doing: "store a link to sign in", keys: [tokenKey(stream, token)], args };
  await runScript(redis, STORE, call);
}

/** Returns for whom the token was made, once; undefined later, and for an unknown one. @throws QueueFlowError as `redisCall`. */
export async function takeSignInToken(
  redis: RedisConnection,
  stream: string,
  token: string,
): Promise<SessionSubject | undefined> {
  const call = { doing: "use a link to sign in", keys: [tokenKey(stream, token)], args: [] };
  const text = takeReply(await runScript(redis, TAKE, call));
  return text === null ? undefined : subjectOf(JSON.parse(text));
}

/** Redis has the SHA-256, so that a copy of its data signs nobody in. */
function tokenKey(stream: string, token: string): string {
  return keyBeside(stream, `sign-in:${Bun.SHA256.hash(token, "hex")}`);
}
