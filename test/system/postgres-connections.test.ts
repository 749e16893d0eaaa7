import { expect, test } from "bun:test";
import postgres from "postgres";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { openPostgresBench, Sent, survive } from "../support/postgres-bench.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 360_000;
const TOO_MANY = /too many clients already/;

test(
  "every event is kept, of an engine that starts meanwhile too, while other sessions take all connections",
  async () => {
    await using bench = await openPostgresBench();
    const { admin, proxy, env } = bench;
    const all = new Sent();
    const [row] = await admin`SELECT current_setting('max_connections')::int AS connections`;
    const sessions = Number(row?.["connections"]) + 1;
    const others = postgres(bench.servers.env["DATABASE_URL"] ?? "", { max: sessions });
    await using late = new AsyncDisposableStack();
    await survive(
      bench,
      {
        begin: async () => {
          proxy.mode = "refuse";
          proxy.cut();
          const taken = Array.from(
            { length: sessions },
            async () => await others`SELECT pg_sleep(0.2)`,
          );
          const refused = (await Promise.allSettled(taken)).filter(
            ({ status }) => status === "rejected",
          );
          expect(refused.length).toBeGreaterThan(0);
          proxy.mode = "pass";
          const engine = late.use(await startEngine({ env }));
          const { status, body } = await sendEvent(engine, sampleBody({ event_id: undefined }));
          expect(status).toBe(202);
          all.accepted.add(String(body["event_id"]));
          all.sent.add(String(body["event_id"]));
          const failed = await engine.output.record(({ error }) => TOO_MANY.test(String(error)));
          expect(failed).toMatchObject({ level: "error", remedy: expect.any(String) });
        },
        said: { level: "error", error: TOO_MANY },
        end: async () => await others.end({ timeout: 1 }),
      },
      all,
    );
  },
  TIMEOUT_MS,
);
