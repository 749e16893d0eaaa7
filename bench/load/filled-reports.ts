import type { Bench } from "../bench.ts";
import type { BenchDatabase } from "../servers.ts";
import { fillVisits } from "./fill-visits.ts";
import { packAll } from "./pack-all.ts";

export interface ReportData {
  readonly events: number;
  readonly sites: number;
}

/** Returns a database with packed events of a year. */
export async function filledReports(
  { servers, say }: Bench,
  { events, sites }: ReportData,
): Promise<BenchDatabase> {
  return await servers.filledDatabase(`reports_${events}_of_${sites}`, async ({ sql, url }) => {
    const startMs = performance.now();
    await fillVisits(sql, { events, sites });
    const filledMs = performance.now();
    say(`${events} events of ${sites} sites are there after ${secondsSince(startMs)} s`);
    await packAll(url);
    say(`packed after ${secondsSince(filledMs)} s more`);
  });
}

function secondsSince(startMs: number): number {
  return Math.round((performance.now() - startMs) / 1_000);
}
