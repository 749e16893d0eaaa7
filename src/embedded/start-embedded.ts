import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { type ApiUrls, type EngineAddresses, localUrls, portProblem } from "../api-address.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { findEmbedded, removeState, writeState } from "./find-embedded.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { startPostgres } from "./postgres/postgres-server.ts";
import { privateFolder } from "./private-file.ts";
import { startRedis } from "./redis/redis-server.ts";
import { settleRestore } from "./restored-data.ts";
import { DISK_FULL } from "./server-log.ts";
import type { StartedServer } from "./supervise-server.ts";

export interface EmbeddedOptions {
  /** Created when missing. */
  readonly dataDir: string;
  /** Where programs are looked for and kept; `dataDir` by default. */
  readonly programsDir?: string;
  /** See `StartOptions`. */
  readonly usesPorts?: boolean;
  readonly redis: boolean;
  readonly postgres: boolean;
  /** The engine's; undefined when it has none. The ports are checked before any server starts. */
  readonly addresses?: EngineAddresses | undefined;
  readonly log: Log;
  /** Called when a server keeps exiting: the engine should stop. */
  readonly onFatal: (error: QueueFlowError) => void;
  readonly signal?: AbortSignal;
}

/** The URLs contain passwords. */
export interface EmbeddedServers extends AsyncDisposable {
  readonly redisUrl?: string | undefined;
  readonly redisVersion?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly postgresVersion?: string | undefined;
  /** Idempotent. Resolves when the servers have exited, by SIGKILL after 13 s. */
  stop(): Promise<void>;
}

/**
 * Resolves when the servers accept connections. First stops those that a killed engine left in the folder.
 *
 * @throws QueueFlowError `embedded_server_failed` when another engine runs on the folder or a server does not start;
 *   `port_unavailable`; the signal's reason when aborted.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServers> {
  // Absolute, because the servers have other working directories.
  const dataDir = resolve(options.dataDir);
  const lock = takeFolder(dataDir);
  try {
    const { addresses, log, signal = new AbortController().signal } = options;
    checkPorts(addresses);
    privateFolder(dataDir, log);
    await settleRestore(dataDir, { log, signal });
    const urls = localUrls(addresses);
    writeState(dataDir, urls);
    const { redis, postgres } = await startBoth({ ...options, dataDir });
    writeState(dataDir, { ...urls, redisUrl: redis?.url, databaseUrl: postgres?.url });
    const servers = [redis, postgres].filter((server) => server !== undefined);
    const stop = stopOnce(servers, { dataDir, urls, lock });
    return {
      redisUrl: redis?.url,
      redisVersion: redis?.version,
      databaseUrl: postgres?.url,
      postgresVersion: postgres?.version,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (thrown) {
    removeState(dataDir);
    lock.release();
    if (options.signal?.aborted === true) throw thrown;
    throw startFailure(thrown, dataDir);
  }
}

function checkPorts(addresses: EngineAddresses | undefined): void {
  for (const address of Object.values(addresses ?? {})) {
    const taken = address === undefined ? undefined : portProblem(address);
    if (taken !== undefined) throw taken;
  }
}

/** A full disk takes precedence: other failures follow from it. */
function startFailure(thrown: unknown, dataDir: string): QueueFlowError {
  if (DISK_FULL.test(errorText(thrown))) {
    const sentence = `The disk of ${dataDir} is full: free space, then start again`;
    return new QueueFlowError("embedded_server_failed", sentence);
  }
  if (thrown instanceof QueueFlowError) return thrown;
  const sentence = `Cannot start the embedded servers in ${dataDir}`;
  return new QueueFlowError("embedded_server_failed", sentence, { cause: thrown });
}

function takeFolder(dataDir: string): FolderLock {
  const lock = tryLock(dataDir);
  if (lock === undefined) {
    const pid = findEmbedded(dataDir)?.pid;
    const engine = pid === undefined ? "Another engine" : `Another engine, process ${pid},`;
    const sentence = `${engine} runs on ${dataDir}: stop it, or start this engine in another folder`;
    throw new QueueFlowError("embedded_server_failed", sentence);
  }
  return lock;
}

function tryLock(dataDir: string): FolderLock | undefined {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return lockFolder(dataDir);
  } catch (cause) {
    const sentence = `Cannot use ${dataDir}: it must belong to the account that starts the engine`;
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

async function startBoth(options: EmbeddedOptions) {
  const failed = new AbortController();
  const signals = [failed.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const start = { ...options, signal: AbortSignal.any(signals) };
  const onFailure = (thrown: unknown): undefined => {
    failed.abort(thrown); // Keeps the first reason.
  };
  const [redis, postgres] = await Promise.all([
    options.redis ? startRedis(start).catch(onFailure) : undefined,
    options.postgres ? startPostgres(start).catch(onFailure) : undefined,
  ]);
  if (!failed.signal.aborted) return { redis, postgres };
  await Promise.all([redis?.stop(), postgres?.stop()]);
  throw failed.signal.reason;
}

interface StopOptions {
  readonly dataDir: string;
  readonly urls: ApiUrls;
  readonly lock: FolderLock;
}

function stopOnce(
  servers: readonly StartedServer[],
  { dataDir, urls, lock }: StopOptions,
): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    unpublishServers(dataDir, urls);
    await Promise.all(servers.map((server) => server.stop()));
    removeState(dataDir);
    lock.release();
  }
  return () => {
    stopped ??= stop();
    return stopped;
  };
}

function unpublishServers(dataDir: string, urls: ApiUrls): void {
  try {
    writeState(dataDir, urls);
  } catch {
    // The disk may be full.
    removeState(dataDir);
  }
}
