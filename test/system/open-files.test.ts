import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { checkAllStored, openEngineServers } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultyEngine } from "../support/faulty-engine.ts";
import { openIdleConnections } from "../support/idle-connections.ts";
import { startLoad } from "../support/load.ts";
import { openRaw } from "../support/raw-http.ts";

const FILES_MAX = 300;
/** More than it can take, so that it is at its limit and others wait to be taken. */
const CONNECTIONS = 400;
const DEATHS = ["consumer-1", "reclaimer", "consumer-1", "consumer-2", "consumer-1", "ingest-1"];

test("the engine restarts threads that die while clients take every file that it may open, and loses nothing", async () => {
  await using servers = await openEngineServers();
  const env = { ...servers.env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "2" };
  await using engine = await startFaultyEngine({ env, filesMax: FILES_MAX });
  await using load = startLoad({ url: () => engine.url, senders: 2 });
  const ended = engine.exited.then((code) => {
    throw new Error(`The engine ended with ${code}:\n${engine.output.tail()}`);
  });
  ended.catch(() => undefined); // It shall end when it is told to.
  const unlessEnded = async (work: Promise<unknown>) => await Promise.race([work, ended]);
  await load.untilAccepted(50);
  {
    using idle = openIdleConnections(engine.port, CONNECTIONS);
    await idle.untilOpen();
    const filesOf = () => readdirSync(`/proc/${engine.pid}/fd`).length;
    await eventually(() => expect(filesOf()).toBeGreaterThan(FILES_MAX / 2 + 50));
    await unlessEnded(engine.output.record(({ msg }) => msg.startsWith("Open files exhausted")));
    const died = new Map<string, number>();
    for (const child of DEATHS) {
      await unlessEnded(load.untilAccepted(50));
      const restarts = (died.get(child) ?? 0) + 1;
      died.set(child, restarts);
      engine.strike(child, "throw");
      await unlessEnded(
        engine.output.record(
          (record) =>
            record.msg === "Thread died, restarting it" &&
            record["child"] === child &&
            record["restarts"] === restarts,
        ),
      );
    }
  }
  await unlessEnded(engine.output.record("Files can be opened again"));
  await unlessEnded(load.untilAccepted(50));
  await load.stop();
  await checkAllStored(servers, load);
  await eventually(async () => {
    const health = await (await fetch(`${engine.url}/health`)).json();
    expect(health).toMatchObject({ status: "ok", restarts: DEATHS.length });
  });
  expect(await engine.stop()).toBe(0);
}, 120_000);

test("every answer is JSON while no file can be opened", async () => {
  await using servers = await openEngineServers();
  const env = { ...servers.env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
  await using engine = await startFaultyEngine({ env, filesMax: FILES_MAX });
  using connection = await openRaw(engine.port);
  using idle = openIdleConnections(engine.port, CONNECTIONS);
  await idle.untilOpen();
  await engine.output.record(({ msg }) => msg.startsWith("Open files exhausted"));
  connection.write("GET /swagger/swagger-ui.css HTTP/1.1\r\nHost: a\r\n\r\n");
  const { status, body } = await connection.answer;
  // An idle connection that was closed in this moment leaves a file for the answer.
  if (status !== 200) {
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ error: "internal", retryable: true });
  }
  expect(engine.output.errors).not.toContain("EMFILE");
}, 60_000);
