import { DAY_MS } from "../../event/day.ts";
import { type Horizon, retentionHorizon } from "../../event/retention.ts";
import { readEventClocks } from "../../store/upkeep/read-event-clocks.ts";
import { readRetentionClocks } from "../../stream/inspect/read-retention-clocks.ts";
import type { Servers } from "../servers.ts";

const THIS_MACHINE = "the clock of this machine";
/** A site may have no events for a day or two. */
const HELD_BACK_MS_MIN = 2 * DAY_MS;

/** Finds out what a prune may delete. Needs Redis: entries in the stream may repeat old events. */
export async function readHorizon(servers: Servers, retentionDays: number): Promise<Horizon> {
  const shards = await servers.allShards();
  return retentionHorizon(retentionDays, [
    { of: THIS_MACHINE, ms: Date.now() },
    ...(await readRetentionClocks(shards)),
    ...(await readEventClocks(servers.database)),
  ]);
}

/** States the instant from which days are counted back. */
export function countedFromText({ countedFrom: { of, ms } }: Horizon): string {
  return `Days are counted back from ${of}, ${new Date(ms).toISOString()}`;
}

/** Whether noticeably less is deleted than by the clock of this machine. */
export function isHeldBack({ countedFrom: { of, ms } }: Horizon): boolean {
  return of !== THIS_MACHINE && Date.now() - ms > HELD_BACK_MS_MIN;
}
