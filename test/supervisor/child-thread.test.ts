import { expect, test } from "bun:test";
import { type ConnectedConfig, readConfig } from "../../src/config/config.ts";
import { ChildThread } from "../../src/supervisor/child-thread.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";

const COMMITTED_AT = "2026-01-15T09:30:00.000Z";

test("report tells the state, the restarts and the last commit of a thread when it dies and lives again", async () => {
  const config: ConnectedConfig = {
    ...readConfig({}),
    redisUrl: "",
    databaseUrl: "",
    mayShareApiPort: false,
  };
  const { log, records } = recordingLog();
  const afterDeath = Promise.withResolvers<ReturnType<ChildThread["report"]>>();
  const thread = new ChildThread({
    spec: { role: "ingest", name: "ingest-1" },
    config,
    entry: new URL("./mortal-child.ts", import.meta.url),
    log,
    logFd: 1,
    mayRestart: () => {
      queueMicrotask(() => afterDeath.resolve(thread.report()));
      return true;
    },
    onFatal: () => undefined,
    withRoom: async (start) => await start(),
    gather: async () => [],
  });
  const identity = { role: "ingest", name: "ingest-1" } as const;
  const unborn = {
    ...identity,
    state: "idle",
    restarts: 0,
    workAgeMs: 0,
    lastCommitAt: null,
    error: null,
  };
  expect(thread.report()).toEqual(unborn as ReturnType<ChildThread["report"]>);
  await thread.start();
  const committed = { ...identity, lastCommitAt: COMMITTED_AT, error: null };
  await eventually(() => {
    expect(thread.report()).toEqual({ ...committed, state: "running", restarts: 0, workAgeMs: 5 });
  });
  thread.hear([thread.report()]);
  expect(await afterDeath.promise).toEqual({
    ...committed,
    state: "waiting",
    restarts: 1,
    workAgeMs: 0,
  });
  await eventually(() => expect(thread.report().state).toBe("running"));
  thread.hear([thread.report(), thread.report()]);
  await eventually(() => {
    expect(thread.report()).toEqual({ ...committed, state: "running", restarts: 1, workAgeMs: 2 });
  });
  await thread.stop();
  expect(thread.report().state).toBe("stopped");
  thread.hear([]);
  expect(records.map(({ sentence }) => sentence)).toEqual(["Thread died, restarting it"]);
});
