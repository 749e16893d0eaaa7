import { type EmbeddedServers, startEmbedded } from "../../src/embedded/start-embedded.ts";
import { errorText } from "../../src/errors.ts";
import { recordingLog } from "./recording-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What `servers.ts` asks of this thread. */
export type ServersRequest =
  | { readonly ask: "start"; readonly redis: boolean; readonly postgres: boolean }
  | { readonly ask: "stop" };

/** What this thread answers. */
export type ServersAnswer =
  | { readonly answer: "started"; readonly redisUrl: string; readonly databaseUrl: string }
  | { readonly answer: "stopped" }
  | { readonly answer: "failed"; readonly problem: string };

let servers: EmbeddedServers | undefined;

addEventListener("message", ({ data }: MessageEvent<ServersRequest>) => void answer(data));

async function answer(request: ServersRequest): Promise<void> {
  try {
    postMessage(request.ask === "start" ? await start(request) : await stop());
  } catch (thrown) {
    postMessage({ answer: "failed", problem: errorText(thrown) } satisfies ServersAnswer);
  }
}

async function start(which: { redis: boolean; postgres: boolean }): Promise<ServersAnswer> {
  const { log } = recordingLog();
  servers = await startEmbedded({
    redis: which.redis,
    postgres: which.postgres,
    dataDir: temporaryFolder("servers"),
    log,
    onFatal: (error) => {
      throw error;
    },
  });
  const { redisUrl = "", databaseUrl = "" } = servers;
  return { answer: "started", redisUrl, databaseUrl };
}

async function stop(): Promise<ServersAnswer> {
  await servers?.stop();
  return { answer: "stopped" };
}
