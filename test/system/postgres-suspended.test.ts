import { test } from "bun:test";
import { openPostgresBench, Sent, survive, untilHealth } from "../support/postgres-bench.ts";
import { postgresPids, signalAll } from "../support/server-processes.ts";

const TIMEOUT_MS = 360_000;

test(
  "every event is kept and stored once when PostgreSQL is suspended for longer than any deadline",
  async () => {
    await using bench = await openPostgresBench();
    const pids = await postgresPids(bench.servers.sql);
    await survive(
      bench,
      {
        begin: async () => {
          signalAll(pids, "SIGSTOP");
          // After half a minute without a commit, three batches' deadlines.
          await untilHealth(bench.engine, { status: "stalled", error: "database_unavailable" });
        },
        said: { level: "warn", error: /did not answer|did not take a connection/ },
        end: async () => signalAll(pids.toReversed(), "SIGCONT"),
      },
      new Sent(),
    );
  },
  TIMEOUT_MS,
);
