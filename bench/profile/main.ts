import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { freePort } from "../../src/embedded/free-port.ts";
import { mirrorAccess } from "../../src/stream/access/mirror.ts";
import { accessDocument } from "../../test/support/access-document.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import { BATCH_CONNECTIONS, BATCH_FORMATS, batchBodiesFile } from "../load/batch-bodies.ts";
import { beaconLoad } from "../load/browsers.ts";
import { fillStream } from "../load/fill-stream.ts";
import { storedEvents } from "../load/stored-events.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import { ownCores, pinned } from "../machine/pin.ts";
import { placementOn } from "../machine/placement.ts";
import { timeDrain } from "../measure/time-drain.ts";
import { startServers } from "../servers.ts";
import { KEY } from "../start-engine.ts";
import { CpuProfile, selfTimes } from "./self-times.ts";

/**
 * `bun run bench:profile [ingest|batch|collect|consumer] [FOLDER]`: prints the self time of functions in an ingest thread under the
 * load of the figure of this name, or in a consumer that drains a full stream. Keeps the whole profile, which browsers can open, in the
 * folder.
 */
const SECONDS = 8;
const ENTRIES = 200_000;
const ROWS = 40;

const LOADS = {
  ingest: async () => ({}),
  batch: async () => ({
    connections: BATCH_CONNECTIONS,
    bodiesFile: await batchBodiesFile(BATCH_FORMATS.JSON),
    batches: BATCH_FORMATS.JSON,
  }),
  collect: beaconLoad,
};

const [kind = "ingest", kept] = Bun.argv.slice(2);
if (kind !== "ingest" && kind !== "batch" && kind !== "collect" && kind !== "consumer") {
  console.error(`Expected the load to be ingest, batch, collect or consumer, got ${kind}`);
  process.exit(2);
}
await using servers = await startServers();
const placement = placementOn(ownCores());
await servers.place(placement);
await using database = await servers.newDatabase();
const folder = kept ?? emptyFolder();
mkdirSync(folder, { recursive: true });
const port = freePort();
console.log(kind === "consumer" ? await profileConsumer() : await profileIngest(kind));
const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
const profile = Value.Parse(CpuProfile, await Bun.file(join(folder, file)).json());
for (const { where, share } of selfTimes(profile).slice(0, ROWS)) {
  console.log(`${(100 * share).toFixed(1).padStart(5)} %  ${where}`);
}

async function profileIngest(load: keyof typeof LOADS): Promise<string> {
  // A storing thread of an engine does it.
  await mirrorAccess(servers.redis, KEY.stream, async () => accessDocument());
  await using _ = await startProfiled("ingest-thread.ts");
  const closed = { port, cores: placement.load, connections: CONNECTIONS, seconds: SECONDS };
  const rate = await acceptedPerSecond({ ...closed, ...(await LOADS[load]()) });
  return `${Math.round(rate)} requests a second, with the profiler at work\n`;
}

async function profileConsumer(): Promise<string> {
  const lastId = await fillStream(servers.redis, KEY, storedEvents(ENTRIES, "skewed"));
  const drained = timeDrain(servers.redis, KEY, { lastId, warmUpEntries: 0 });
  await using _ = await startProfiled("consumer-thread.ts");
  const { entries, seconds } = await drained;
  return `${Math.round(entries / seconds)} events a second, with the profiler at work\n`;
}

async function startProfiled(script: string): Promise<AsyncDisposable> {
  const command = [process.execPath, "--cpu-prof", "--cpu-prof-dir", folder];
  const child = Bun.spawn(
    [...pinned(placement.server, [...command, join(import.meta.dir, script)])],
    {
      cwd: emptyFolder(),
      env: {
        PATH: Bun.env["PATH"] ?? "",
        API_PORT: String(port),
        REDIS_URL: servers.redisUrl,
        DATABASE_URL: database.url,
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await child.stdout.getReader().read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
