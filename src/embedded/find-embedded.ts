import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { ApiUrls } from "../api-address.ts";
import { QueueFlowError } from "../errors.ts";
import { isFolderLocked } from "./folder-lock.ts";
import { writePrivateFile } from "./private-file.ts";

const EmbeddedState = Type.Object({
  pid: Type.Integer(),
  redisUrl: Type.Optional(Type.String()),
  databaseUrl: Type.Optional(Type.String()),
  apiUrl: Type.Union([Type.String(), Type.Null()]),
  operateUrl: Type.Optional(Type.String()),
});

/** The URLs of servers are present while they are ready. `apiUrl` is null for an engine without an API. */
export type EmbeddedState = Static<typeof EmbeddedState>;

export interface EngineUrls extends ApiUrls {
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

/**
 * Returns undefined when no engine runs on the data folder, whatever file a killed one left.
 *
 * @throws QueueFlowError `embedded_server_failed` when the folder is not readable.
 */
export function findEmbedded(dataDir: string): EmbeddedState | undefined {
  try {
    return isFolderLocked(dataDir) ? readState(dataDir) : undefined;
  } catch (cause) {
    const sentence = `Cannot read the state of the engine in ${dataDir}: use the account that started it`;
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

export function writeState(dataDir: string, urls: EngineUrls): void {
  const state = { pid: process.pid, ...urls };
  writePrivateFile(statePath(dataDir), `${JSON.stringify(state)}\n`);
}

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
