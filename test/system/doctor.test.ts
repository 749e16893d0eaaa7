import { expect, test } from "bun:test";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

interface Diagnosis {
  readonly findings: readonly {
    readonly about: string;
    readonly state: string;
    readonly found: string;
    readonly todo?: string;
  }[];
}

test("doctor reports the failures of a running engine", async () => {
  await using servers = await openEngineServers();
  const { sql } = servers;
  const workers = { CONSUMER_WORKERS: "1", INGEST_WORKERS: "1" };
  await using engine = await startEngine({ env: { ...servers.env, ...workers } });
  const diagnose = async (env: Readonly<Record<string, string>> = {}) => {
    const api = { API_PORT: String(engine.port) };
    const { stdout, exitCode } = await runQueueflow(["doctor", "--json"], {
      env: { ...servers.env, ...workers, ...api, ...env },
    });
    const { findings } = JSON.parse(stdout) as Diagnosis;
    return { exitCode, ofEngine: findings.filter(({ about }) => about === "engine") };
  };
  const isWell = { state: "ok", found: `ok, at ${engine.url}` };
  await eventually(async () => expect((await diagnose()).ofEngine).toMatchObject([isWell]), 30_000);
  // PostgreSQL reports a full disk with this SQLSTATE.
  await sql.unsafe(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse();`);
  expect((await sendEvent(engine, sampleBody())).status).toBe(202);
  await eventually(async () => {
    const health = await (await fetch(`${engine.url}/health`)).json();
    expect(health).toMatchObject({ consumers: [{ error: "database_unavailable" }] });
  });
  const failing = await diagnose();
  expect(failing.ofEngine).toMatchObject([
    {
      state: "problem",
      found: "consumer-1 fails to do its work (database_unavailable)",
      todo: expect.stringContaining("`remedy`"),
    },
  ]);
  expect(failing.exitCode).toBe(1);
  await sql`DROP TRIGGER refuse ON events`;
  await untilDrained(servers);
  await eventually(async () => expect((await diagnose()).exitCode).toBe(0), 30_000);
  const elsewhere = await diagnose({ API_PORT: "1" });
  expect(elsewhere.ofEngine[0]).toMatchObject({
    state: "problem",
    found: expect.stringContaining("does not answer at http://127.0.0.1:1"),
  });
  expect(elsewhere.exitCode).toBe(1);
  expect((await diagnose({ API_PORT: "1", REDIS_STREAM: "unused" })).ofEngine[0]).toMatchObject({
    state: "ok",
    found: expect.stringContaining("not started yet"),
  });
  expect((await diagnose({ INGEST_WORKERS: "0" })).ofEngine).toEqual([]);
}, 120_000);
