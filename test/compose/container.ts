import { expect } from "bun:test";
import { composeFile } from "../packaging/compose-file.ts";
import type { SentEvents } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { docker, tryDocker } from "./docker.ts";

/** Servers recover, and other consumers take over pending entries after 30 s. */
const DRAIN_MS_MAX = 120_000;
const READY_MS_MAX = 120_000;

/** Runs `queueflow` in a container. @throws Error with its error output when it fails. */
export async function queueflow(container: string, ...args: readonly string[]): Promise<string> {
  return await docker(["exec", container, "queueflow", ...args]);
}

/** Returns the published address of a container's API. */
export async function urlOf(container: string): Promise<string> {
  const [address = ""] = (await docker(["port", container, "3000/tcp"])).split("\n");
  return `http://${address}`;
}

export async function untilReady(container: string): Promise<void> {
  await eventually(async () => {
    const { stdout, stderr } = await tryDocker(["exec", container, "queueflow", "health"]);
    expect(stdout, stderr).toBe("ready\n");
  }, READY_MS_MAX);
}

/** Asserts that no backlog is left, that every accepted event is stored and no other, and that the rollups match. */
export async function checkAllStored(container: string, events: SentEvents): Promise<void> {
  await eventually(async () => {
    const { stdout } = await tryDocker(["exec", container, "queueflow", "status", "--json"]);
    expect(stdout).toMatch(/"backlog_entries": ?0,/);
  }, DRAIN_MS_MAX);
  const stored = new Set((await select(container, "SELECT event_id FROM events")).split("\n"));
  expect([...events.accepted].filter((id) => !stored.has(id))).toEqual([]);
  expect([...stored].filter((id) => !events.sent.has(id))).toEqual([]);
  expect(await select(container, "SELECT count(*) - count(DISTINCT event_id) FROM events")).toBe(
    "0",
  );
  expect(await select(container, "SELECT reason FROM dead_events")).toBe("");
  expect(await queueflow(container, "verify")).toStartWith("OK: ");
}

/** Runs a query on the database of the engine, as its user, from a container in its network and with its data, where an embedded database has its socket. */
async function select(container: string, query: string): Promise<string> {
  const script = 'eval "$(queueflow env)" && printf %s "$DATABASE_URL"';
  const url = await docker(["exec", container, "sh", "-c", script]);
  const user = await docker(["inspect", "--format", "{{.Config.User}}", container]);
  const network = `container:${container}`;
  const shared = ["--network", network, "--volumes-from", container, "--user", user.trim()];
  const psql = ["--entrypoint", "psql", composeFile().services.postgres.image, url, "-Atc", query];
  return await docker(["run", "--rm", ...shared, ...psql]);
}
