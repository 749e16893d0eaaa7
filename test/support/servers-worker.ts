import { chmodSync } from "node:fs";
import { runPostgres } from "../../src/embedded/postgres-server.ts";
import { startEmbedded } from "../../src/embedded/start-embedded.ts";
import type { StartOptions } from "../../src/embedded/supervise-server.ts";
import { errorText } from "../../src/errors.ts";
import { oldestPostgres, TEST_POSTGRES } from "./oldest-postgres.ts";
import { recordingLog } from "./recording-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What `servers.ts` asks of this thread. */
export type ServersRequest = StartRequest | { readonly ask: "stop" };

interface StartRequest {
  readonly ask: "start";
  readonly redis: boolean;
  readonly postgres: boolean;
}

/** What this thread answers. */
export type ServersAnswer =
  | { readonly answer: "started"; readonly redisUrl: string; readonly databaseUrl: string }
  | { readonly answer: "stopped" }
  | { readonly answer: "failed"; readonly problem: string };

const servers = new AsyncDisposableStack();

addEventListener("message", ({ data }: MessageEvent<ServersRequest>) => void answer(data));

async function answer(request: ServersRequest): Promise<void> {
  try {
    postMessage(request.ask === "start" ? await start(request) : await stop());
  } catch (thrown) {
    postMessage({ answer: "failed", problem: errorText(thrown) } satisfies ServersAnswer);
  }
}

async function start({ redis, postgres }: StartRequest): Promise<ServersAnswer> {
  const { log } = recordingLog();
  const onFatal = (error: Error): never => {
    throw error;
  };
  const options = { dataDir: temporaryFolder("servers"), log, onFatal };
  const isOldest = postgres && Bun.env[TEST_POSTGRES] === "oldest";
  const embedded = await startEmbedded({ ...options, redis, postgres: postgres && !isOldest });
  servers.use(embedded);
  const { redisUrl = "", databaseUrl } = embedded;
  return {
    answer: "started",
    redisUrl,
    databaseUrl: databaseUrl ?? (isOldest ? await startOldest(options) : ""),
  };
}

async function startOldest(options: Omit<StartOptions, "signal">): Promise<string> {
  const programs = oldestPostgres();
  if (programs === undefined) throw new Error("No PostgreSQL of Debian's is installed");
  // Up to version 15 the programs need to reach their folder by its path, also under another account.
  chmodSync(options.dataDir, 0o711);
  const postgres = await runPostgres(programs, {
    ...options,
    signal: new AbortController().signal,
  });
  servers.defer(async () => await postgres.stop());
  return postgres.url;
}

async function stop(): Promise<ServersAnswer> {
  await servers.disposeAsync();
  return { answer: "stopped" };
}
