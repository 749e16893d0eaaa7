import { errorText } from "../../errors.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../../event/limits.ts";
import { Condition } from "../../log/condition.ts";
import { noteClock } from "../../stream/inspect/clock-notes.ts";
import { CLOCK_REMEDY } from "../../stream/inspect/stream-remedy.ts";
import { RedisClock } from "../../stream/redis/redis-clock.ts";
import type { StoringContext } from "../storing-context.ts";

/** NTP keeps clocks closer together. */
const DIFFERENCE_MS_OK = 60_000;
/** A larger change is noted at once. */
const CHANGE_MS_MAX = 1_000;
const NOTE_INTERVAL_MS = 10 * 60 * 1_000;

/** Returns a check that logs when the clocks of this machine and of Redis differ, and notes the difference for `queueflow doctor`. */
export function watchClock(
  context: Pick<StoringContext, "redis" | "key" | "log">,
  readNowMs: () => number = Date.now,
): () => Promise<void> {
  const { redis, log } = context;
  const clock = new RedisClock(redis);
  const condition = new Condition(log, "The clocks of this machine and of Redis agree again");
  let noted: { readonly offsetMs: number; readonly atMs: number } | undefined;
  return async () => {
    const redisMs = await clock.read();
    if (redisMs === undefined) return;
    const offsetMs = readNowMs() - redisMs;
    report(condition, offsetMs);
    const isNoted =
      noted !== undefined &&
      performance.now() - noted.atMs < NOTE_INTERVAL_MS &&
      Math.abs(offsetMs - noted.offsetMs) < CHANGE_MS_MAX;
    if (isNoted) return;
    await note(context, readNowMs());
    noted = { offsetMs, atMs: performance.now() };
  };
}

function report(condition: Condition, offsetMs: number): void {
  const differenceMs = Math.abs(offsetMs);
  const offsetS = Math.round(offsetMs / 1_000);
  const fields = { offsetS, remedy: CLOCK_REMEDY };
  if (differenceMs <= DIFFERENCE_MS_OK) {
    condition.recover({ offsetS });
  } else if (differenceMs <= CLOCK_DIFFERENCE_MS_MAX) {
    const message = "The clocks of this machine and of Redis differ";
    condition.change({ level: "warn", message, fields });
  } else {
    const message =
      "The clocks of this machine and of Redis are too far apart: its ingest threads accept no events";
    condition.change({ level: "error", message, fields });
  }
}

/** Redis may be out of memory or refuse the key, which must not end the reclaimer's pass. */
async function note(
  { redis, key, log }: Pick<StoringContext, "redis" | "key" | "log">,
  nowMs: number,
): Promise<void> {
  const process = key.consumer.slice(0, key.consumer.lastIndexOf("/"));
  try {
    await noteClock(redis, key, { process, nowMs });
  } catch (error) {
    log.debug({ error: errorText(error) }, "The clock could not be noted");
  }
}
