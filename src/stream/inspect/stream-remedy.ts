import { type ErrorCode, QueueFlowError } from "../../errors.ts";
import { keyBeside } from "../key-beside.ts";
import { connectionRemedy } from "../redis/connection-failure.ts";

export const CLOCK_REMEDY =
  "Set the clock of this machine, or that of Redis's machine, and keep both by NTP: `queueflow doctor` compares them";

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  clock_wrong: CLOCK_REMEDY,
  stream_exhausted: "Give the stream another key: `queueflow doctor` says how",
};

/** Returns undefined when the failure may pass by itself. */
export function streamRemedy(error: unknown): string | undefined {
  if (!(error instanceof QueueFlowError)) return undefined;
  return error.code === "stream_unavailable" ? connectionRemedy(error) : REMEDIES[error.code];
}

/** An exhausted stream accepts no entry, so renaming it loses none. The new name is in its slot. */
export function exhaustedRemedy(stream: string): string {
  return `Wait until \`queueflow status\` says 0 entries not yet stored, then \`redis-cli RENAME ${stream} ${keyBeside(stream, "old")}\`: the engine creates a new stream at once`;
}

export function aheadRemedy(key: string): string {
  // Of a shard, all move to another name.
  const stream = key.replace(/:\{\w+\}$/, "");
  return `Nothing is lost or late, and times stay right. Find the program that wrote the id, or the clock that was ahead; for ids of today restart the engines with REDIS_STREAM=${stream}_2, and one with REDIS_STREAM=${stream} INGEST_WORKERS=0 until \`queueflow status\` says 0 entries not yet stored`;
}
