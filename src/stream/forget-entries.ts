import type { GroupKey } from "./consumer-group.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, FIELDS_OF, IS_LATER, runScript } from "./redis/script.ts";
import type { StreamEntry } from "./stream-entry.ts";

/** Bounds a reply to some MiB of the largest entries. */
const PAGE_ENTRIES = 200;

/** Yields the entries up to `lastEntryId`, oldest first, in pages. */
export async function* readEntries(
  redis: RedisConnection,
  { stream, lastEntryId }: { readonly stream: string; readonly lastEntryId: string },
): AsyncGenerator<readonly StreamEntry[]> {
  for (let from = "-"; ; ) {
    const range = redis.xrange(stream, from, lastEntryId, "COUNT", PAGE_ENTRIES);
    const rows = await redisCall(redis, "read the stream", range);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(([id, flatFields]) => ({ id, flatFields }));
    if (last[0] === lastEntryId) return;
    from = `(${last[0]}`;
  }
}

/**
 * Atomic, so that no group is set back in between. A missing own group starts at the first entry when it is created again. Another
 * group without consumers only keeps entries in the stream.
 */
const DELETE_PROCESSED = defineScript(`
${FIELDS_OF}${IS_LATER}
local stream, ownGroup = KEYS[1], ARGV[1]
if redis.call('EXISTS', stream) == 0 then return 0 end
local groups, hasOwnGroup = {}, false
for i, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  groups[i] = fieldsOf(flat)
  if groups[i].name == ownGroup then hasOwnGroup = true end
end
if not hasOwnGroup then return 0 end
local function isProcessed(id)
  for _, group in ipairs(groups) do
    if group.name == ownGroup or group.consumers > 0 then
      if isLater(id, group['last-delivered-id']) then return false end
      if group.pending > 0 and #redis.call('XPENDING', stream, group.name, id, id, 1) > 0 then return false end
    end
  end
  return true
end
local deleted = 0
for i = 2, #ARGV do
  if isProcessed(ARGV[i]) then deleted = deleted + redis.call('XDEL', stream, ARGV[i]) end
end
return deleted
`);

/** Deletes entries that every group that is read has processed, and leaves the others. Returns how many it deleted. */
export async function deleteProcessed(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entryIds: readonly string[],
): Promise<number> {
  const call = { doing: "delete entries", keys: [stream], args: [group, ...entryIds] };
  return Number(await runScript(redis, DELETE_PROCESSED, call));
}
