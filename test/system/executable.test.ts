import { beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { serversOf } from "../embedded/fixtures.ts";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { ENGINE_START_MS_MAX, emptyFolder, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const BUILD_MS_MAX = 240_000;
const PROJECT = join(import.meta.dir, "..", "..");

/** A copy, outside of the project. */
let executable: string;
beforeAll(async () => {
  const build = Bun.spawn([process.execPath, "run", "build"], {
    cwd: PROJECT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([
    new Response(build.stdout).text(),
    new Response(build.stderr).text(),
  ]);
  if ((await build.exited) !== 0) throw new Error(`bun run build failed:\n${stdout}${stderr}`);
  executable = join(emptyFolder(), "queueflow");
  copyFileSync(join(PROJECT, "dist", "queueflow"), executable);
}, BUILD_MS_MAX);

/** Runs the executable without a PATH, because it needs no other program. */
async function run(args: readonly string[]) {
  const cwd = emptyFolder();
  const child = Bun.spawn([executable, ...args], {
    cwd,
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr, left: readdirSync(cwd) };
}

describe("the executable, copied elsewhere", () => {
  test(
    "prints its version and its help",
    async () => {
      const version = { exitCode: 0, stdout: `${packageJson.version}\n`, stderr: "", left: [] };
      expect(await run(["version"])).toEqual(version);
      expect(await run(["--version"])).toEqual(version);
      const help = await run(["--help"]);
      expect(help).toMatchObject({ exitCode: 0, stderr: "", left: [] });
      for (const name of ["serve", "import", "migrate", "health", "version"]) {
        expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
      }
      const unknown = await run(["sevre"]);
      expect(unknown).toMatchObject({ exitCode: 2, stdout: "", left: [] });
      expect(unknown.stderr).not.toMatch(/^\s+at /m);
    },
    TIMEOUT_MS,
  );

  test(
    "accepts and stores events and serves its API page",
    async () => {
      await using servers = await openEngineServers();
      await using engine = await startEngine({
        env: { ...servers.env, INGEST_WORKERS: "2", CONSUMER_WORKERS: "2", LOG_LEVEL: "debug" },
        command: [executable],
      });
      await untilMigrated(engine);
      await untilReady(engine);
      const ids = new Set<string>();
      for (let number = 1; number <= 20; number += 1) {
        const answer = await sendEvent(engine, sampleBody({ event_id: `event-${number}` }));
        expect(answer.status).toBe(202);
        ids.add(String(answer.body["event_id"]));
      }
      await untilDrained(servers);
      const query = { site_id: "example.com", date: "2026-01-15" };
      expect((await readStats(engine, query)).body).toMatchObject({ total_views: 20 });

      const { body } = await ask(engine, "/swagger/json");
      expect(body["paths"]).toBeObject();
      const home = await fetch(engine.url, { headers: { Accept: "text/html" } });
      const [dashboard] = /dashboard\/dashboard\.\w+\.js/.exec(await home.text()) ?? [];
      expect((await fetch(`${engine.url}/${dashboard}`)).status).toBe(200);
      const script = await fetch(`${engine.url}/script.js`);
      expect(await script.text()).toContain("queueflow_ignore");
      const page = await (await fetch(`${engine.url}/swagger`)).text();
      const assets = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
      expect(assets.length).toBeGreaterThanOrEqual(2);
      for (const path of assets) {
        const response = await fetch(`${engine.url}${path}`);
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toMatch(/^text\/(css|javascript)/);
        expect((await response.text()).length).toBeGreaterThan(10_000);
      }
      expect(readdirSync(engine.cwd)).toEqual([]);
      expect(engine.output.strayLines).toEqual([]);
      await checkAllStored(servers, { accepted: ids, sent: ids });
      expect(await engine.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "starts its embedded servers when none is configured",
    async () => {
      await using engine = await startEngine({ command: [executable] });
      await untilReady(engine);
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
      const query = { site_id: "example.com", date: "2026-01-15" };
      await eventually(async () => {
        expect((await readStats(engine, query)).body["total_views"]).toBe(1);
      }, 60_000);
      expect(await engine.stop()).toBe(0);
      expect(serversOf(join(engine.cwd, ".queueflow"))).toEqual([]);
    },
    ENGINE_START_MS_MAX,
  );
});

/** Waits until the keys are known, which are read once the tables exist. */
async function untilReady({ url }: { readonly url: string }): Promise<void> {
  await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200));
}
