import { buildReport } from "../../administer/status/build-report.ts";
import {
  down,
  noPostgres,
  type PostgresStatus,
  readPostgres,
  readRedis,
  type StreamStatus,
} from "../../administer/status/read-servers.ts";
import type { StatusReport } from "../../administer/status/status-report.ts";
import { errorText } from "../../errors.ts";
import { databaseAddress, serverAddress } from "../../server-address.ts";
import type { StreamReading } from "../../stream/inspect/stream-rates.ts";
import { type EngineStatus, readEngine } from "../engine-api.ts";
import type { Servers } from "../servers.ts";

export type CommandReport = StatusReport<EngineStatus>;

/**
 * Reads the state of all parts, with rates since the `previous` reading. A part that fails is reported as such. Returns
 * the reading for the next report too.
 */
export async function readStatus(
  servers: Servers,
  previous: StreamReading | undefined,
): Promise<{ readonly report: CommandReport; readonly reading: StreamReading | undefined }> {
  const { config } = servers;
  const [engine, stream, postgres] = await Promise.all([
    readEngine(servers),
    readStream(servers),
    readDatabase(servers),
  ]);
  const report = buildReport({ engine, stream, postgres, previous, config });
  return { report, reading: stream.reading };
}

export async function readStream(servers: Servers): Promise<StreamStatus> {
  let address: string | null = null;
  try {
    address = serverAddress(servers.redisUrl);
    const redis = await servers.reachRedis();
    if (typeof redis === "string") return { server: down(address, redis), memory: null };
    return await readRedis(await servers.allShards(), address);
  } catch (error) {
    return { server: down(address, errorText(error)), memory: null };
  }
}

async function readDatabase(servers: Servers): Promise<PostgresStatus> {
  try {
    return await readPostgres(servers.database, databaseAddress(servers.databaseUrl));
  } catch (error) {
    return noPostgres(null, errorText(error));
  }
}
