import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
import { printable } from "../../log/printable.ts";
import {
  type Backlog,
  IDS_AHEAD_MS_OK,
  readBacklog,
  STALLED_AFTER_MS,
} from "../../stream/inspect/read-backlog.ts";
import { type GroupState, readGroups } from "../../stream/inspect/read-stream.ts";
import { aheadRemedy, exhaustedRemedy } from "../../stream/inspect/stream-remedy.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { HELD_PART, lowWaterMark } from "../../stream/stream-marks.ts";
import { aheadText } from "../status/status-screen.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "consumer group";

/** Looks at the stream and at the groups on it. */
export async function lookAtGroups(
  redis: RedisConnection,
  { stream, group, streamLengthMax }: EngineConfig,
): Promise<readonly Finding[]> {
  try {
    const groups = await readGroups(redis, stream);
    if (!groups.some(({ name }) => name === group)) {
      const found = `${stream} has no group ${group} yet`;
      return [warning(ABOUT, found, "Start the engine, which makes it")];
    }
    const backlog = await readBacklog(redis, { stream, group });
    const others = groups.filter(({ name }) => name !== group);
    return [
      lookAtBacklog(backlog),
      lookAtLength(backlog, streamLengthMax),
      ...lookAtIds(backlog, stream),
      ...others.map((other) => lookAtOther(other, { backlog, streamLengthMax })),
    ];
  } catch (error) {
    const todo = "See whether REDIS_STREAM names the right key, and the user's rights";
    return [problem(ABOUT, errorText(error), todo)];
  }
}

function lookAtBacklog({ entries, lagMs }: Backlog): Finding {
  const waiting = `${entries.toLocaleString("en-US")} ${entries === 1 ? "entry" : "entries"} not yet stored`;
  if (entries === 0) return ok(ABOUT, waiting);
  const found = `${waiting}, the oldest for ${(lagMs / 1_000).toFixed(1)} s`;
  if (lagMs < STALLED_AFTER_MS) return ok(ABOUT, found);
  return warning(
    ABOUT,
    found,
    "See whether an engine runs, and in its log why it does not store them",
  );
}

function lookAtLength({ length }: Backlog, streamLengthMax: number): Finding {
  const found = `${length.toLocaleString("en-US")} of ${streamLengthMax.toLocaleString("en-US")} entries`;
  if (length < lowWaterMark(streamLengthMax)) return ok("stream", found);
  const todo =
    "See why entries stay in it: a backlog, or another group; or raise STREAM_LENGTH_MAX";
  if (length >= streamLengthMax) return problem("stream", `${found}: events are refused`, todo);
  return warning("stream", `${found}: when it is full, events are refused`, todo);
}

/** Tells whether ids are in the future, or used up. */
export function lookAtIds(
  { idsAheadMs, isExhausted }: Pick<Backlog, "idsAheadMs" | "isExhausted">,
  stream: string,
): readonly Finding[] {
  const about = "stream ids";
  if (isExhausted) {
    const found = "the stream has used the last possible id: Redis takes no events";
    return [problem(about, found, exhaustedRemedy(stream))];
  }
  if (idsAheadMs <= IDS_AHEAD_MS_OK) return [];
  const found = `those of new entries are ${aheadText(idsAheadMs)}, by the clock of Redis`;
  return [warning(about, found, aheadRemedy(stream))];
}

function lookAtOther(
  { name, lag, pending }: GroupState,
  { backlog, streamLengthMax }: { backlog: Backlog; streamLengthMax: number },
): Finding {
  const about = "other group";
  const behind = (lag ?? backlog.length) + pending;
  const found = `${printable(name)} has yet to process ${behind.toLocaleString("en-US")} entries`;
  if (behind < streamLengthMax * HELD_PART) return ok(about, found);
  const todo = "Let its consumers go on, or drop it with XGROUP DESTROY when nobody needs it";
  return warning(about, `${found}, which stay in the stream until it has`, todo);
}
