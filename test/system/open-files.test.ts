import { expect, test } from "bun:test";
import { checkAllStored, openEngineServers } from "../support/engine-servers.ts";
import { startFaultyEngine } from "../support/faulty-engine.ts";
import { openIdleConnections } from "../support/idle-connections.ts";
import { startLoad } from "../support/load.ts";
import { openRaw } from "../support/raw-http.ts";

const FILES_MAX = 300;
/** More than the engine can take, so that it is at its limit and others wait. */
const CONNECTIONS = 400;
/** Fewer than the supervisor allows. */
const RESTARTS_TRIED = 5;

test("loses nothing when it exits without open files left", async () => {
  await using servers = await openEngineServers();
  const env = { ...servers.env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "2" };
  await using engine = await startFaultyEngine({ env, filesMax: FILES_MAX });
  let { url } = engine;
  await using load = startLoad({ url: () => url, senders: 2 });
  await load.untilAccepted(50);
  {
    using idle = openIdleConnections(engine.port, CONNECTIONS);
    await idle.untilOpen();
    await engine.output.record(({ msg }) => msg.startsWith("Open files exhausted"));
    await load.untilAccepted(50);
    // A restart succeeds if it is faster than the clients to open the files that the thread had.
    for (let restarts = 1; restarts <= RESTARTS_TRIED; restarts += 1) {
      engine.strike("consumer-1", "throw");
      const record = engine.output.record((each) => each["restarts"] === restarts);
      if ((await record.catch(() => "exited")) === "exited") break;
    }
    expect(await engine.exited).toBe(1);
    await engine.output.ended;
    expect(engine.output.errors).toContain("ran out of file descriptors");
  }
  await using restarted = await startFaultyEngine({ env });
  ({ url } = restarted);
  await load.untilAccepted(50);
  await load.stop();
  await checkAllStored(servers, load);
  expect(await restarted.stop()).toBe(0);
}, 120_000);

test("responds in JSON while no file can be opened", async () => {
  await using servers = await openEngineServers();
  const env = { ...servers.env, INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
  await using engine = await startFaultyEngine({ env, filesMax: FILES_MAX });
  using connection = await openRaw(engine.port);
  using idle = openIdleConnections(engine.port, CONNECTIONS);
  await idle.untilOpen();
  await engine.output.record(({ msg }) => msg.startsWith("Open files exhausted"));
  connection.write("GET /swagger/swagger-ui.css HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const { status, body } = await connection.answer;
  // An idle connection that was closed in this moment leaves a file for the answer.
  if (status !== 200) {
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ error: "internal", retryable: true });
  }
  expect(engine.output.errors).not.toContain("EMFILE");
}, 60_000);
