import { Type } from "@sinclair/typebox";
import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { replyOf } from "./reply.ts";
import { defineScript, runScript } from "./script.ts";
import { isLaterId } from "./stream-entry.ts";

const marksReply = replyOf(
  Type.Union([
    Type.Null(),
    Type.Tuple([
      Type.String(),
      Type.String(),
      Type.String(),
      Type.String(),
      Type.Number(),
      Type.Number(),
    ]),
  ]),
);

/**
 * Answers how far the group has been delivered, and what the stream knows of its own past, in one call, so that
 * they agree: nil without the group, and for one that begins at the first entry, as the engine makes its own when it is
 * gone, and has not begun. How many entries are still to be read is -1 where the group does not know what it has read.
 */
const READ_MARKS = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
local function named(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = named(flat)
  if group.name == ARGV[1] and group['last-delivered-id'] ~= '0-0' then
    local stream = named(redis.call('XINFO', 'STREAM', KEYS[1]))
    local first, read = stream['first-entry'], group['entries-read']
    return {
      group['last-delivered-id'], stream['last-generated-id'], stream['max-deleted-entry-id'],
      first and first[1] or '', stream.length, read and stream['entries-added'] - read or -1,
    }
  end
end
return nil
`);

/** What the stream lacks of what the group was to be delivered. */
export interface LostEntries {
  /**
   * How many entries were trimmed before they were delivered, of all that ever were: Redis 7 goes on counting them as still to
   * be read (redis/redis#13957). Undefined where they cannot be told from those that wait.
   */
  readonly trimmedEver: number | undefined;
  /** Whether the last entry there was is still to be delivered, or was to be. */
  readonly isBehind: boolean;
  /** The newest entry that was deleted by its id, if that was still to be delivered. */
  readonly deletedId: string | undefined;
}

const NOTHING_KNOWN: LostEntries = {
  trimmedEver: undefined,
  isBehind: false,
  deletedId: undefined,
};

/**
 * Looks for entries that were trimmed or deleted before the group was delivered them. A trim takes the oldest: where the
 * oldest that is left is still to be delivered so are all that are left, and what else is to be read was trimmed.
 */
export async function findLostEntries(
  redis: RedisConnection,
  { stream, group }: GroupKey,
): Promise<LostEntries> {
  const script = runScript(redis, READ_MARKS, { key: stream, args: [group] });
  const marks = marksReply(await redisCall(redis, "look for deleted entries", script));
  if (marks === null) return NOTHING_KNOWN;
  const [delivered, generated, deleted, first, length, unread] = marks;
  const isBehind = isLaterId(generated, delivered);
  const areCountable = !isBehind || first === "" || isLaterId(first, delivered);
  return {
    trimmedEver: unread >= 0 && areCountable ? unread - (isBehind ? length : 0) : undefined,
    isBehind,
    deletedId: isLaterId(deleted, delivered) ? deleted : undefined,
  };
}
