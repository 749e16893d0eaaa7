import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
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
import { duration } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "consumer group";

export async function checkGroups(
  redis: RedisConnection,
  { stream, group, streamLengthMax }: Pick<EngineConfig, "stream" | "group" | "streamLengthMax">,
): Promise<readonly Finding[]> {
  try {
    const groups = await readGroups(redis, stream);
    if (!groups.some(({ name }) => name === group)) {
      const found = `${stream} has no group ${group} yet`;
      return [warning(ABOUT, found, "Start the engine, which creates it")];
    }
    const backlog = await readBacklog(redis, { stream, group });
    const others = groups.filter(({ name }) => name !== group);
    return [
      checkBacklog(backlog),
      checkLength(backlog, streamLengthMax),
      ...checkIds(backlog, stream),
      ...others.map((other) => checkOtherGroup(other, { backlog, streamLengthMax })),
    ];
  } catch (error) {
    const todo = "Check that REDIS_STREAM names the right key, and the user's permissions";
    return [problem(ABOUT, errorText(error), todo)];
  }
}

function checkBacklog({ entries, lagMs }: Backlog): Finding {
  const backlog = `${entries.toLocaleString("en-US")} ${entries === 1 ? "entry" : "entries"} not yet stored`;
  if (entries === 0) return ok(ABOUT, backlog);
  const found = `${backlog}, the oldest for ${duration(lagMs)}`;
  if (lagMs < STALLED_AFTER_MS) return ok(ABOUT, found);
  const todo = "Check that an engine is running, and in its log why it does not store them";
  return warning(ABOUT, found, todo);
}

function checkLength({ length }: Backlog, streamLengthMax: number): Finding {
  const found = `${length.toLocaleString("en-US")} of ${streamLengthMax.toLocaleString("en-US")} entries`;
  if (length < lowWaterMark(streamLengthMax)) return ok("stream", found);
  const todo =
    "Find out why entries stay in it (a backlog, or another group), or raise STREAM_LENGTH_MAX";
  if (length >= streamLengthMax) return problem("stream", `${found}: events are refused`, todo);
  return warning("stream", `${found}: events are refused once it is full`, todo);
}

export function checkIds(
  { idsAheadMs, isExhausted }: Pick<Backlog, "idsAheadMs" | "isExhausted">,
  stream: string,
): readonly Finding[] {
  const about = "stream ids";
  if (isExhausted) {
    const found = "the stream has used the last possible id: Redis accepts no events";
    return [problem(about, found, exhaustedRemedy(stream))];
  }
  if (idsAheadMs <= IDS_AHEAD_MS_OK) return [];
  const found = `ids of new entries are ${aheadText(idsAheadMs)} by the clock of Redis`;
  return [warning(about, found, aheadRemedy(stream))];
}

function checkOtherGroup(
  { name, lag, pending }: GroupState,
  { backlog, streamLengthMax }: { backlog: Backlog; streamLengthMax: number },
): Finding {
  const about = "other group";
  const behind = (lag ?? backlog.length) + pending;
  const found = `${name} has yet to process ${behind.toLocaleString("en-US")} entries`;
  if (behind < streamLengthMax * HELD_PART) return ok(about, found);
  const todo =
    "Let its consumers continue, or remove it with XGROUP DESTROY if it is no longer needed";
  return warning(about, `${found}, which stay in the stream until then`, todo);
}
