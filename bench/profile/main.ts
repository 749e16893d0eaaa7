import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { freePort } from "../../src/embedded/free-port.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import { acceptedPerSecond, CONNECTIONS } from "../load/wrk.ts";
import { ownCores, pinned } from "../machine/pin.ts";
import { placementOn } from "../machine/placement.ts";
import { startServers } from "../servers.ts";
import { CpuProfile, selfTimes } from "./self-times.ts";

/**
 * `bun run bench:profile`: where an ingest thread's time goes under the load of the figure `ingest`, by the function
 * that ran. The folder of the whole profile, which browsers' tools open, is printed last; it goes with this process.
 */
const SECONDS = 8;
const ROWS = 40;

await using servers = await startServers();
const placement = placementOn(ownCores());
await servers.place(placement);
await using database = await servers.newDatabase();
const folder = emptyFolder();
const port = freePort();
const script = join(import.meta.dir, "ingest-thread.ts");
const profiled = [process.execPath, "--cpu-prof", "--cpu-prof-dir", folder, script];
const child = Bun.spawn([...pinned(placement.server, profiled)], {
  cwd: folder,
  env: {
    PATH: Bun.env["PATH"] ?? "",
    API_PORT: String(port),
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: database.url,
  },
  stdio: ["ignore", "pipe", "inherit"],
});
await child.stdout.getReader().read();
const load = { port, cores: placement.load, connections: CONNECTIONS, seconds: SECONDS };
const rate = await acceptedPerSecond(load);
child.kill("SIGTERM");
await child.exited;
const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
const profile = Value.Parse(CpuProfile, await Bun.file(join(folder, file)).json());
console.log(`${Math.round(rate)} requests a second, with the profiler at work\n`);
for (const { where, share } of selfTimes(profile).slice(0, ROWS)) {
  console.log(`${(100 * share).toFixed(1).padStart(5)} %  ${where}`);
}
