import { expect, test } from "bun:test";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";

const SITE = "packed.example";
const EVENTS = 1_500;
const ROUNDS = 2;
const TIMEOUT_MS = 240_000;
/** The packer gives way to events. */
const PACKED_MS_MAX = 60_000;

test(
  "an engine packs what it stores, each event once, whatever is killed",
  async () => {
    await using servers = await openEngineServers();
    const { env, sql } = servers;
    const packed = async () => {
      const [row] = await sql`SELECT coalesce(sum(events), 0)::int AS events FROM day_chunks`;
      return Number(row?.["events"]);
    };
    let accepted = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      await using engine = await startEngine({ env });
      await using load = startLoad({ url: () => engine.url, siteId: SITE });
      await load.untilAccepted(EVENTS);
      // Sessions of all threads.
      await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'queueflow'`;
      await load.untilAccepted(2 * EVENTS);
      await load.stop();
      await untilDrained(servers);
      accepted += load.accepted.size;
      await eventually(
        async () => expect(await packed()).toBeGreaterThan(accepted - 1_000),
        PACKED_MS_MAX,
      );
      expect(await runQueueflow(["verify"], { env })).toMatchObject({ exitCode: 0, stderr: "" });
      await engine.kill();
    }
    const { stdout } = await runQueueflow(["packing", "status", "--json"], { env });
    expect(JSON.parse(stdout)).toMatchObject({ unpacked_events: accepted - (await packed()) });
  },
  TIMEOUT_MS,
);

test(
  "the parts of imported days are merged once all are packed",
  async () => {
    await using servers = await openEngineServers();
    const { env, sql } = servers;
    await using engine = await startEngine({ env });
    const parts = async () => {
      const [row] =
        await sql`SELECT (count(*) - count(DISTINCT date))::int AS surplus, sum(events)::int AS events FROM day_chunks`;
      return { surplus: Number(row?.["surplus"]), events: Number(row?.["events"]) };
    };
    let accepted = 0;
    for (let part = 1; part <= 2; part += 1) {
      await using load = startLoad({ url: () => engine.url, siteId: SITE });
      await load.untilAccepted(EVENTS);
      await load.stop();
      accepted += load.accepted.size;
      await eventually(
        async () => expect((await parts()).events).toBeGreaterThan(accepted - 1_000),
        PACKED_MS_MAX,
      );
    }
    await eventually(
      async () => expect(await parts()).toMatchObject({ surplus: 0 }),
      PACKED_MS_MAX,
    );
  },
  TIMEOUT_MS,
);
