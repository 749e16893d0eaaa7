import type { Bench } from "../bench.ts";
import { CONNECTIONS } from "../load/wrk.ts";
import { type AppendFsync, emptyStream, setAppendFsync } from "../stream-state.ts";
import { serverThroughput, type Throughput } from "./server-throughput.ts";

export interface IngestLoad {
  readonly server: { readonly port: number; readonly pid: number };
  /** The stream that the server appends to. */
  readonly stream: string;
  readonly appendFsync: AppendFsync;
  readonly seconds: number;
  /** As in `ClosedLoop`. */
  readonly bodiesFile?: string;
  readonly agentsFile?: string;
  readonly path?: string;
  readonly contentType?: string;
  readonly key?: string;
}

/** Measures a server that accepts events, from an empty stream. */
export async function ingestThroughput(
  { servers: { redis }, placement }: Bench,
  { server, stream, appendFsync, ...load }: IngestLoad,
): Promise<Throughput> {
  await setAppendFsync(redis, appendFsync);
  await emptyStream(redis, stream);
  const closed = { cores: placement.thread.load, connections: CONNECTIONS, ...load };
  return await serverThroughput(server, closed);
}
