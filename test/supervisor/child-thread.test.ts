import { expect, test } from "bun:test";
import { type ConnectedConfig, readConfig } from "../../src/config/config.ts";
import { ChildThread } from "../../src/supervisor/child-thread.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";

const COMMITTED_AT = "2026-01-15T09:30:00.000Z";

test("reports state, restarts and last commit over a restart", async () => {
  const servers = { redisUrl: "", databaseUrl: "", mayShareApiPort: false };
  const config: ConnectedConfig = { ...readConfig({}), ...servers };
  const { log, records } = recordingLog();
  const afterExit = Promise.withResolvers<ReturnType<ChildThread["report"]>>();
  const thread = new ChildThread({
    spec: { role: "ingest", name: "ingest-1", index: 0 },
    config,
    entry: new URL("./exiting-child.ts", import.meta.url),
    log,
    logFd: 1,
    mayRestart: () => {
      queueMicrotask(() => afterExit.resolve(thread.report()));
      return true;
    },
    onFatal: () => undefined,
    onServers: () => undefined,
    onReady: () => undefined,
    readMetrics: async () => "",
    certificate: () => undefined,
    onTaken: () => undefined,
  });
  const idle = {
    role: "ingest",
    name: "ingest-1",
    state: "idle",
    restarts: 0,
    workAgeMs: 0,
    lastCommitAt: null,
    error: null,
  } as const;
  expect(thread.report()).toEqual(idle);
  await thread.start();
  const committed = { ...idle, lastCommitAt: COMMITTED_AT };
  await eventually(() => {
    expect(thread.status()).toMatchObject({
      ...committed,
      state: "running",
      workAgeMs: 5,
      isUp: true,
    });
  });
  thread.sendReports([thread.report()]);
  expect(await afterExit.promise).toMatchObject({ ...committed, state: "waiting", restarts: 1 });
  expect(thread.status().isUp).toBe(false);
  await eventually(() => expect(thread.report().state).toBe("running"));
  thread.sendReports([thread.report(), thread.report()]);
  await eventually(() => {
    expect(thread.report()).toMatchObject({
      ...committed,
      state: "running",
      restarts: 1,
      workAgeMs: 2,
    });
  });
  await thread.stop();
  expect(thread.report().state).toBe("stopped");
  thread.sendReports([]);
  expect(records.map(({ sentence }) => sentence)).toEqual(["Thread exited, restarting it"]);
});
