import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { findEmbedded, removeState, writeState } from "./find-embedded.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { startPostgres } from "./postgres-server.ts";
import { startRedis } from "./redis-server.ts";
import { DISK_FULL } from "./server-log.ts";
import type { StartedServer } from "./supervise-server.ts";

/** Which servers to run, and where. */
export interface EmbeddedOptions {
  /** The folder of everything that is kept, `.queueflow` by convention; made when it is missing. */
  readonly dataDir: string;
  readonly redis: boolean;
  readonly postgres: boolean;
  readonly log: Log;
  /** Called when a server that was up cannot be kept running. The engine should stop then. */
  readonly onFatal: (error: QueueFlowError) => void;
  /** Aborting it during the start stops what was started, and rejects. */
  readonly signal?: AbortSignal;
}

/** The servers that run. A URL holds the password of its server. */
export interface EmbeddedServers extends AsyncDisposable {
  readonly redisUrl?: string | undefined;
  readonly redisVersion?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly postgresVersion?: string | undefined;
  /**
   * Stops the servers cleanly, by force after some seconds, and gives the data folder back.
   * Idempotent; resolves when the processes are gone.
   */
  stop(): Promise<void>;
}

/**
 * Starts the servers asked for, as child processes with their data in `dataDir`, and resolves when
 * they accept connections. Servers that an engine which was killed left there are ended first.
 *
 * @throws QueueFlowError `embedded_server_failed` when another engine has the folder, or a server
 * cannot be started; the other one is stopped then. The signal's reason when that was aborted.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServers> {
  // The servers run in folders of their own, where a relative path would lead elsewhere.
  const dataDir = resolve(options.dataDir);
  const lock = takeFolder(dataDir);
  try {
    writeState(dataDir);
    const { redis, postgres } = await startBoth({ ...options, dataDir });
    writeState(dataDir, { redisUrl: redis?.url, databaseUrl: postgres?.url });
    const servers = [redis, postgres].filter((server) => server !== undefined);
    const stop = stopOnce(servers, { dataDir, lock });
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

/** Returns the error of a failed start. A full disk comes first: everything else that failed follows from it. */
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
    const sentence = `${engine} runs on ${dataDir}: stop it first, or start this one in another folder`;
    throw new QueueFlowError("embedded_server_failed", sentence);
  }
  return lock;
}

function tryLock(dataDir: string): FolderLock | undefined {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return lockFolder(dataDir);
  } catch (cause) {
    const sentence = `Cannot use ${dataDir}, which must belong to the account that starts the engine`;
    throw new QueueFlowError("embedded_server_failed", sentence, { cause });
  }
}

interface StartedPair {
  readonly redis: StartedServer | undefined;
  readonly postgres: StartedServer | undefined;
}

/** Starts those asked for at the same time; when one fails the other is cut short, and stopped. */
async function startBoth(options: EmbeddedOptions): Promise<StartedPair> {
  const failed = new AbortController();
  const signals = [failed.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const start = { ...options, signal: AbortSignal.any(signals) };
  const orCut = (thrown: unknown): undefined => {
    failed.abort(thrown); // The first reason stands.
  };
  const [redis, postgres] = await Promise.all([
    options.redis ? startRedis(start).catch(orCut) : undefined,
    options.postgres ? startPostgres(start).catch(orCut) : undefined,
  ]);
  if (!failed.signal.aborted) return { redis, postgres };
  await Promise.all([redis?.stop(), postgres?.stop()]);
  throw failed.signal.reason;
}

function stopOnce(
  servers: readonly StartedServer[],
  { dataDir, lock }: { readonly dataDir: string; readonly lock: FolderLock },
): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    noteNoServers(dataDir); // Still running, but no longer to be connected to.
    await Promise.all(servers.map((server) => server.stop()));
    removeState(dataDir);
    lock.release();
  }
  return () => {
    stopped ??= stop();
    return stopped;
  };
}

function noteNoServers(dataDir: string): void {
  try {
    writeState(dataDir);
  } catch {
    // A full disk stops no stop: then nothing is known of this engine.
    removeState(dataDir);
  }
}
