import { expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;

test(
  "an event counts once when the connection is lost between COMMIT and its answer",
  async () => {
    await using servers = await openEngineServers();
    const databaseUrl = servers.env["DATABASE_URL"] ?? "";
    await using proxy = openTcpProxy(databaseUrl);
    const env = {
      ...servers.env,
      DATABASE_URL: throughProxy(databaseUrl, proxy),
      LOG_LEVEL: "debug",
    };
    await using engine = await startEngine({ env });
    const ids = new Set([crypto.randomUUID(), crypto.randomUUID()]);
    for (const eventId of ids) {
      await engine.output.record("Migration applied");
      const sprung = proxy.trap({ text: "COMMIT", on: "reply: cut" });
      const { status } = await sendEvent(engine, sampleBody({ event_id: eventId }));
      expect(status).toBe(202);
      await sprung;
      await untilDrained(servers);
    }
    await checkAllStored(servers, { accepted: ids, sent: ids });
    await engine.output.record("PostgreSQL failed, holding the batch and retrying");
    const committed = engine.output.records.filter(({ msg }) => msg === "Transaction committed");
    // Told by no answer that it was stored, the batch found itself stored when it tried again.
    expect(committed).toMatchObject([
      { stored: 0, duplicates: 1 },
      { stored: 0, duplicates: 1 },
    ]);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
