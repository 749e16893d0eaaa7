import { freePort } from "../../src/embedded/free-port.ts";
import type { Engine } from "../../test/support/engine.ts";
import type { Bench } from "../bench.ts";
import { filledReports, type ReportData } from "../load/filled-reports.ts";
import type { BenchDatabase } from "../servers.ts";
import { KEY, startBenchEngine } from "../start-engine.ts";
import { deleteStream } from "../stream-state.ts";

const MILLION = 1_000_000;

/** An engine on a database with packed events. */
export interface ReportBench extends AsyncDisposable {
  readonly engine: Engine;
  readonly database: BenchDatabase;
}

/** Starts an engine on the events of the options, or on others. */
export async function openReportBench(
  bench: Bench,
  data: ReportData = dataOf(bench),
): Promise<ReportBench> {
  const { servers, placement } = bench;
  await servers.place(placement.machine);
  await deleteStream(servers.redis, KEY.stream);
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await filledReports(bench, data));
  const { url: databaseUrl } = database;
  const env = { API_PORT: String(freePort()) };
  const cores = placement.machine.server;
  const engine = stack.use(await startBenchEngine(servers, { cores, databaseUrl, env }));
  const opened = stack.move();
  return { engine, database, [Symbol.asyncDispose]: async () => await opened.disposeAsync() };
}

export function dataOf({ options }: Bench): ReportData {
  return { events: options.millions * MILLION, sites: options.sites };
}
