import { Type } from "@sinclair/typebox";
import { keyBeside } from "../key-beside.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

/** At most as many are remembered. Anybody may send any name. */
const SENDERS_MAX = 2_000;
const REMEMBERED_S = 3_600;

/** A client that wrote without a key. */
export interface KeylessSender {
  readonly siteId: string;
  /** The product in its `User-Agent`, such as `curl/8.5.0`; empty without one. */
  readonly agent: string;
}

export interface SeenSender extends KeylessSender {
  readonly agoMs: number;
}

const NOTE = defineScript(`
local time = redis.call('TIME')
for i = 1, #ARGV do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 or redis.call('HLEN', KEYS[1]) < ${SENDERS_MAX} then
    redis.call('HSET', KEYS[1], ARGV[i], time[1])
  end
end
redis.call('EXPIRE', KEYS[1], ${REMEMBERED_S})
`);

/** Forgets those of earlier hours. */
const READ = defineScript(`
local nowS = tonumber(redis.call('TIME')[1])
local flat = redis.call('HGETALL', KEYS[1])
local seen = {}
for i = 1, #flat, 2 do
  local agoS = nowS - tonumber(flat[i + 1])
  if agoS >= ${REMEMBERED_S} then
    redis.call('HDEL', KEYS[1], flat[i])
  else
    table.insert(seen, flat[i])
    table.insert(seen, tostring(math.max(agoS, 0)))
  end
end
return seen
`);

const readReply = replySchema(Type.Array(Type.String()));
const Sender = Type.Tuple([Type.String(), Type.String()]);
const senderOf = replySchema(Sender);

export async function noteKeyless(
  redis: RedisConnection,
  stream: string,
  senders: readonly KeylessSender[],
): Promise<void> {
  if (senders.length === 0) return;
  const args = senders.map(({ siteId, agent }) => JSON.stringify([siteId, agent]));
  await runScript(redis, NOTE, {
    doing: "note clients without a key",
    keys: [keyOf(stream)],
    args,
  });
}

/** Returns the clients that wrote without a key in the last hour, the latest first. */
export async function readKeyless(
  redis: RedisConnection,
  stream: string,
): Promise<readonly SeenSender[]> {
  const call = { doing: "read clients without a key", keys: [keyOf(stream)], args: [] };
  const flat = readReply(await runScript(redis, READ, call));
  const seen: SeenSender[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [siteId, agent] = senderOf(JSON.parse(flat[i] ?? ""));
    seen.push({ siteId, agent, agoMs: Number(flat[i + 1]) * 1_000 });
  }
  return seen.toSorted((a, b) => a.agoMs - b.agoMs);
}

function keyOf(stream: string): string {
  return keyBeside(stream, "access:keyless");
}
