import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { pinned } from "../machine/pin.ts";
import type { BatchFormat } from "./batch-bodies.ts";
import { eventBodiesFile } from "./event-bodies.ts";

const SCRIPT = join(import.meta.dir, "wrk.lua");

/** As many as a busy reverse proxy keeps open. */
export const CONNECTIONS = 64;

const WrkResult = Type.Object({
  requests: Type.Integer(),
  durationUs: Type.Integer({ minimum: 1 }),
  refused: Type.Integer(),
  broken: Type.Integer(),
  p50Us: Type.Integer(),
  p99Us: Type.Integer(),
});

/** The last output of `wrk.lua`: responses, those above 399, and failed connections. */
type WrkResult = Static<typeof WrkResult>;

export interface ClosedLoop {
  readonly port: number;
  readonly seconds: number;
  readonly cores: string;
  readonly connections: number;
  /** Overrides the default. */
  readonly bodiesFile?: string;
  /** A write key, for all requests. */
  readonly key?: string;
  /** `/event` by default. */
  readonly path?: string;
  /** `application/json` by default. */
  readonly contentType?: string;
  /** User agents, one per line, that requests have in turn; none by default. */
  readonly agentsFile?: string;
  /** Sends the file as batches, see `wrk.lua`. */
  readonly batches?: Pick<BatchFormat, "contentType" | "contentEncoding">;
}

/**
 * Sends `POST /event`, or batches, in a closed loop. Returns accepted requests per second. Uses wrk, the generator in Debian that costs least
 * per request.
 *
 * @throws Error when a request was not accepted, because fast refusals are not throughput.
 */
export async function acceptedPerSecond(load: ClosedLoop): Promise<number> {
  const { port, seconds, cores, connections, batches } = load;
  const bodies = [load.bodiesFile ?? (await eventBodiesFile())];
  if (batches !== undefined) bodies.push("/events", batches.contentType, batches.contentEncoding);
  const url = `http://127.0.0.1:${port}`;
  const wrk = [
    "wrk",
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--timeout=5s",
    "-s",
    SCRIPT,
    url,
  ];
  const child = Bun.spawn([...pinned(cores, [...wrk, "--", ...bodies])], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: Bun.env["PATH"] ?? "",
      EVENT_PATH: load.path ?? "/event",
      ...(load.contentType === undefined ? {} : { CONTENT_TYPE: load.contentType }),
      ...(load.agentsFile === undefined ? {} : { AGENTS_FILE: load.agentsFile }),
      ...(load.key === undefined ? {} : { AUTHORIZATION: `Bearer ${load.key}` }),
    },
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`wrk failed: ${errors}${output}`);
  const result = wrkResult(output);
  if (result.refused + result.broken > 0) {
    throw new Error(`Expected every event to be accepted, got ${JSON.stringify(result)}`);
  }
  return result.requests / (result.durationUs / 1e6);
}

/** Finds the result in the output of wrk. */
export function wrkResult(output: string): WrkResult {
  const [, text = "null"] = /^RESULT (.*)$/m.exec(output) ?? [];
  const result: unknown = JSON.parse(text);
  if (Value.Check(WrkResult, result)) return result;
  throw new Error(`Expected the result of wrk.lua, got ${output}`);
}
