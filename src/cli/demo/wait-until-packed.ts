import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../store/database.ts";
import { countTails } from "../../store/packing/tails.ts";
import { readLastDrawnId } from "../../store/packing/watermark.ts";
import { openProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";

const POLL_INTERVAL_MS = 250;
/** The packer leaves fewer for later. */
const ROWS_LEFT_MAX = 1_000;
/** A packer that does nothing for this long waits for something. Reports are right without it. */
const GIVE_UP_MS = 10_000;

/** Resolves when reports of the site are fast, or when the packer stands still. */
export async function waitUntilPacked(
  database: Database,
  siteId: string,
  { shell, signal }: { readonly shell: Shell; readonly signal: AbortSignal },
): Promise<void> {
  using progress = openProgress(shell, "Packing");
  let least = Number.POSITIVE_INFINITY;
  let progressAtMs = performance.now();
  while (performance.now() - progressAtMs < GIVE_UP_MS) {
    const rows = await unpackedRows(database, siteId);
    if (rows <= ROWS_LEFT_MAX) return;
    if (rows < least) progressAtMs = performance.now();
    least = Math.min(rows, least);
    progress.update(`${count(rows, "event")} left`);
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
}

async function unpackedRows(database: Database, siteId: string): Promise<number> {
  const settledId = await readLastDrawnId(database);
  // The page begins a little before the site.
  const page = { afterSite: siteId.slice(0, -1), settledId, rowsMax: 1_000_000 };
  const { tails } = await countTails(database, page);
  return tails.find((tail) => tail.siteId === siteId)?.rows ?? 0;
}
