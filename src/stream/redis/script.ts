import { type Attempt, atOwner } from "./locate/at-owner.ts";
import { onReplicas } from "./on-replicas.ts";
import { redisCall } from "./redis-call.ts";
import type { RedisConnection } from "./redis-connection.ts";

export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

export interface ScriptCall {
  /** Completes "Redis could not …". */
  readonly doing: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** That must have what the script wrote; 0 by default. */
  readonly replicasMin?: number;
}

export const FIELDS_OF = `
local function fieldsOf(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
`;

/** Lua: `isLater(a, b)` compares digits, because Lua's numbers are exact only up to 2^53. */
export const IS_LATER = `
local function sortable(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #sequence) .. sequence
end
local function isLater(a, b) return sortable(a) > sortable(b) end
`;

export function defineScript(lua: string): Script {
  return { lua, sha1: new Bun.CryptoHasher("sha1").update(lua).digest("hex") };
}

/**
 * A restarted Redis does not know the hash. After NOSCRIPT nothing was executed, so sending the text repeats nothing.
 *
 * @throws QueueFlowError as `redisCall`.
 */
export async function runScript(
  redis: RedisConnection,
  { lua, sha1 }: Script,
  { doing, keys, args, replicasMin = 0 }: ScriptCall,
): Promise<unknown> {
  const rest = [keys.length, ...keys, ...args];
  const attempt: Attempt<unknown> = async (connection, isAsking) => {
    const send = (command: string, script: string): Promise<unknown> => {
      // A rejection is that of the connection, and the next command has it too.
      if (isAsking) connection.call("ASKING").catch(() => undefined);
      const sent = connection.call(command, [script, ...rest]);
      return replicasMin === 0 ? sent : onReplicas(connection, sent, replicasMin);
    };
    try {
      return await send("EVALSHA", sha1);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await send("EVAL", lua);
    }
  };
  return await redisCall(redis, doing, atOwner(redis, attempt));
}
