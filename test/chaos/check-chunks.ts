import { verifyChunks } from "../../src/reporting/packing/verify-chunks.ts";
import { checkPacked } from "../support/check-packed.ts";
import type { History } from "./history.ts";
import type { World } from "./world.ts";

const ALL = { siteId: undefined, from: "-infinity", to: "infinity" };

/** Compares each chunk with its rows: every event is in a chunk or in the tail, and in one of them. */
export async function checkChunks(
  { sql, databaseUrl }: Pick<World, "sql" | "databaseUrl">,
  history: Pick<History, "note" | "fail">,
): Promise<void> {
  const packed = await checkPacked(sql);
  const { differences } = await verifyChunks(databaseUrl, ALL, () => undefined);
  for (const difference of differences) history.fail(JSON.stringify(difference));
  history.note(`${packed} events are packed`);
}
