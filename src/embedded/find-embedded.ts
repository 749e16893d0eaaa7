import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { QueueFlowError } from "../errors.ts";
import { isFolderLocked } from "./folder-lock.ts";
import { writePrivateFile } from "./private-file.ts";

const EmbeddedState = Type.Object({
  pid: Type.Integer(),
  redisUrl: Type.Optional(Type.String()),
  databaseUrl: Type.Optional(Type.String()),
});

/** What an engine says of itself in its data folder; the URLs are there while its servers are ready. */
export type EmbeddedState = Static<typeof EmbeddedState>;

/** The servers that are ready. */
export interface EmbeddedUrls {
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

/**
 * The servers of the engine that runs in another process on this data folder, or undefined when none
 * runs. A file left by an engine that was killed does not count: the folder's lock tells.
 *
 * @throws QueueFlowError `embedded_server_failed` when the folder may not be read.
 */
export function findEmbedded(dataDir: string): EmbeddedState | undefined {
  try {
    return isFolderLocked(dataDir) ? readState(dataDir) : undefined;
  } catch (cause) {
    const sentence = `Cannot look for a running engine in ${dataDir}; use the account that started it`;
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

/** Makes this engine and its servers known to `findEmbedded` in processes of the same account. */
export function writeState(dataDir: string, urls: EmbeddedUrls = {}): void {
  const state = { pid: process.pid, ...urls };
  writePrivateFile(statePath(dataDir), `${JSON.stringify(state)}\n`);
}

/** Takes back what `writeState` made known. */
export function removeState(dataDir: string): void {
  rmSync(statePath(dataDir), { force: true });
}

function readState(dataDir: string): EmbeddedState | undefined {
  if (!existsSync(statePath(dataDir))) return undefined;
  const state: unknown = JSON.parse(readFileSync(statePath(dataDir), "utf8"));
  return Value.Check(EmbeddedState, state) ? state : undefined;
}

function statePath(dataDir: string): string {
  return join(dataDir, "servers.json");
}
