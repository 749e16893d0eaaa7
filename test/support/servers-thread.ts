import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { serverAccount } from "../../src/embedded/account.ts";
import { runPostgres } from "../../src/embedded/postgres/postgres-server.ts";
import { startEmbedded } from "../../src/embedded/start-embedded.ts";
import type { StartOptions } from "../../src/embedded/supervise-server.ts";
import { errorText } from "../../src/errors.ts";
import { oldestPostgres } from "./oldest-postgres.ts";
import { copyCluster } from "./postgres-template.ts";
import { recordingLog } from "./recording-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface ServersToStart {
  readonly redis?: boolean;
  readonly postgres?: "newest" | "oldest";
  /** A data folder whose PostgreSQL cluster is copied; without it, `initdb` creates one. */
  readonly template?: string | undefined;
}

export type ServersOrder =
  | ({ readonly type: "start" } & ServersToStart)
  | { readonly type: "stop"; readonly started: number };

/** What `servers.ts` posts to this thread, with a number that the reply repeats. */
export type ServersRequest = ServersOrder & { readonly request: number };

export interface ServersReply {
  readonly request: number;
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly dataDir?: string;
  /** Why the request failed. */
  readonly problem?: string;
}

/** By the number of the request that started them. */
const running = new Map<number, AsyncDisposable>();
let folder: string | undefined;

addEventListener("message", ({ data }: MessageEvent<ServersRequest>) => void reply(data));

async function reply(order: ServersRequest): Promise<void> {
  const { request } = order;
  try {
    const servers = order.type === "start" ? await start(order) : await stop(order.started);
    postMessage({ request, ...servers } satisfies ServersReply);
  } catch (thrown) {
    postMessage({ request, problem: errorText(thrown) } satisfies ServersReply);
  }
}

async function start(order: ServersToStart & { readonly request: number }) {
  const { request, redis = false, postgres, template } = order;
  await using servers = new AsyncDisposableStack();
  const dataDir = newDataDir(request);
  // A test notices a server that keeps exiting by itself.
  const options = {
    dataDir,
    usesPorts: true,
    log: recordingLog().log,
    onFatal: () => undefined,
  };
  if (postgres === "newest") copyCluster(dataDir, template);
  const embedded = servers.use(
    await startEmbedded({ ...options, redis, postgres: postgres === "newest" }),
  );
  const oldest = postgres === "oldest" ? await startOldest(options) : undefined;
  if (oldest !== undefined) servers.defer(async () => await oldest.stop());
  const { redisUrl, databaseUrl = oldest?.url } = embedded;
  running.set(request, servers.move());
  return { redisUrl, databaseUrl, dataDir };
}

async function startOldest(options: Omit<StartOptions, "signal">) {
  const programs = oldestPostgres();
  // Up to version 15, PostgreSQL's programs reach their folder by its path, possibly under another account.
  chmodSync(options.dataDir, 0o711);
  if (programs === undefined) throw new Error("None of Debian's PostgreSQL packages is installed");
  const { signal } = new AbortController();
  const cluster = join(options.dataDir, "postgres");
  const account = await serverAccount({ cluster, log: options.log, signal });
  return await runPostgres({ ...programs, account }, { ...options, signal });
}

async function stop(started: number) {
  await running.get(started)?.[Symbol.asyncDispose]();
  running.delete(started);
  return {};
}

function newDataDir(request: number): string {
  if (folder === undefined) {
    folder = temporaryFolder("servers");
    chmodSync(folder, 0o711);
  }
  const dataDir = join(folder, String(request));
  mkdirSync(dataDir);
  return dataDir;
}
