import { randomBytes } from "node:crypto";
import { Type } from "@sinclair/typebox";
import { errorText, QueueFlowError } from "../../errors.ts";
import { HOUR_MS } from "../../event/day.ts";
import type { LocalDay } from "../../event/local-day.ts";
import { REDIS_NOW_MS } from "../redis/redis-clock.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { saltsKey } from "./salt-keys.ts";

const SALT_BYTES = 32;
/** An event may be a day old when it arrives. */
const KEPT_AFTER_DATE_MS = 25 * HOUR_MS;
const VALUE = /^\d+\.([\w-]{43})$/;

/** A salt with its key in Redis. */
export interface KeptSalt {
  readonly key: string;
  /** When it was made, in milliseconds since 1970, a dot and the salt. Secret. */
  readonly value: string;
  readonly salt: Buffer;
  readonly expiresAtMs: number;
}

/**
 * A new salt gives way to any other. A held one that Redis has lost comes back, also when a thread without it has made another
 * meanwhile: most of the date's visitors were counted with the older one. An expired one stays deleted, whatever the clock of the
 * thread says.
 */
const KEEP = defineScript(`#!lua flags=allow-oom
${REDIS_NOW_MS}
local own, expiresAtMs, isHeld = ARGV[1], ARGV[2], ARGV[3] == 'held'
if nowMs and tonumber(expiresAtMs) <= tonumber(nowMs) then return own end
local function madeMs(value) return tonumber(string.match(value, '^(%d+)%.')) or math.huge end
local kept = redis.call('SET', KEYS[1], own, 'NX', 'GET', 'PXAT', expiresAtMs)
redis.call('ZADD', KEYS[2], expiresAtMs, KEYS[1])
if not kept then return own end
local isSalt = madeMs(kept) < math.huge
if isSalt and (not isHeld or madeMs(kept) <= madeMs(own)) then return kept end
redis.call('SET', KEYS[1], own, 'PXAT', expiresAtMs)
return own
`);

const keptReply = replySchema(Type.RegExp(VALUE));

/** Returns a salt that no thread shares yet. */
export function newSalt(
  key: string,
  { dateEndMs }: Pick<LocalDay, "dateEndMs">,
  nowMs: number,
): KeptSalt {
  const value = `${nowMs}.${randomBytes(SALT_BYTES).toString("base64url")}`;
  return { key, value, salt: saltIn(value), expiresAtMs: dateEndMs + KEPT_AFTER_DATE_MS };
}

/**
 * Returns the salt that all threads share from now on: `own` or the one that Redis has.
 *
 * @throws QueueFlowError `stream_unavailable` or `stream_full`.
 */
export async function keepSalt(
  redis: RedisConnection,
  stream: string,
  { own, is }: { readonly own: KeptSalt; readonly is: "new" | "held" },
): Promise<KeptSalt> {
  const { key, value: ownValue, expiresAtMs } = own;
  try {
    const value = keptReply(
      await runScript(redis, KEEP, {
        doing: "keep the salt of daily visitors",
        keys: [key, saltsKey(stream)],
        args: [ownValue, expiresAtMs, is],
      }),
    );
    return value === ownValue ? own : { ...own, value, salt: saltIn(value) };
  } catch (error) {
    throw withoutSecret(error, ownValue);
  }
}

function saltIn(value: string): Buffer {
  return Buffer.from(VALUE.exec(value)?.[1] ?? "", "base64url");
}

/** The error of a command has its arguments, and Redis quotes them when it does not know the command. */
function withoutSecret(error: unknown, value: string): QueueFlowError {
  const code = error instanceof QueueFlowError ? error.code : "stream_unavailable";
  return new QueueFlowError(code, errorText(error).replaceAll(value, "…"));
}
