import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sendEvent } from "../support/api-client.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { openRaw, type RawConnection } from "../support/raw-http.ts";
import { sampleBody } from "../support/sample-event.ts";
import { FRONT_PROGRAMS, type FrontProxy } from "./front-proxies.ts";
import { smugglingCases } from "./smuggling-cases.ts";

const TIMEOUT_MS = 120_000;
const SITE = "smuggled";
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

/** Returns a request that stores an event, whose path says which case hid it. */
function smuggled(front: string, name: string): string {
  const event = sampleBody({ site_id: SITE, path: `/${encodeURIComponent(`${front}: ${name}`)}` });
  const body = JSON.stringify([{ ...event, event_id: Bun.randomUUIDv7() }]);
  return `POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/**
 * Sends an event of another client, which must get the response to its own. A client whose connection is closed without a response
 * sends again: Bun 1.4.5 closes connections of HTTP/1.0 without saying so, also those that HAProxy shares.
 */
async function sendAsVictim(port: number): Promise<void> {
  const eventId = Bun.randomUUIDv7();
  const api = { url: `http://127.0.0.1:${port}` };
  const send = async () => await sendEvent(api, sampleBody({ event_id: eventId }));
  const { status, body } = await send().catch(async (error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ECONNRESET")
      return await send();
    throw error;
  });
  expect({ status, body }).toEqual({
    status: 202,
    body: { status: "accepted", event_id: eventId },
  });
}

async function smuggledPaths(): Promise<readonly string[]> {
  await untilDrained(file.servers);
  const rows = await file.servers.sql`SELECT path FROM events WHERE site_id = ${SITE}`;
  return rows.map(({ path }) => decodeURIComponent(String(path)));
}

for (const { name: front, path, start } of FRONT_PROGRAMS) {
  if (path === undefined) {
    console.log(`SKIPPED: request smuggling through ${front}, which is not installed`);
  }
  describe.skipIf(path === undefined)(`a request hidden in another, through ${front}`, () => {
    const attackers: RawConnection[] = [];
    let proxy: FrontProxy | undefined;
    beforeAll(async () => {
      proxy = await start(path ?? "", file.engine.port);
    });
    afterAll(async () => {
      for (const attacker of attackers) attacker[Symbol.dispose]();
      await proxy?.[Symbol.asyncDispose]();
    });

    test(
      "changes no response to another client",
      async () => {
        const port = proxy?.port ?? 0;
        for (const { name, text } of smugglingCases((hidden) => smuggled(front, hidden))) {
          const attacker = await openRaw(port);
          attackers.push(attacker);
          attacker.write(text);
          // Some are never answered, since the proxy waits for more.
          await Promise.race([attacker.answer, sendAsVictim(port)]);
          for (let number = 0; number < 2; number += 1) {
            await sendAsVictim(port).catch((error: unknown) => {
              throw new Error(`after ${name}`, { cause: error });
            });
          }
        }
      },
      TIMEOUT_MS,
    );

    test("is never carried out", async () => expect(await smuggledPaths()).toEqual([]), TIMEOUT_MS);
  });
}

describe("a request hidden in another, without a proxy", () => {
  test(
    "is never carried out",
    async () => {
      const { port } = file.engine;
      for (const { text, isTwo } of smugglingCases((hidden) => smuggled("none", hidden))) {
        if (isTwo === true) continue;
        using attacker = await openRaw(port);
        attacker.write(text);
        await Promise.race([attacker.answer, sendAsVictim(port)]);
        await sendAsVictim(port);
      }
      expect(await smuggledPaths()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test("ends its connection when the body is chunked", async () => {
    const event = JSON.stringify(sampleBody({ event_id: Bun.randomUUIDv7() }));
    using client = await openRaw(file.engine.port);
    client.write(
      `POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${event.length.toString(16)}\r\n${event}\r\n0\r\n\r\n`,
    );
    const { status, head } = await client.answer;
    expect({ status, closes: /^connection: close$/im.test(head) }).toEqual({
      status: 202,
      closes: true,
    });
    await client.closed;
  });
});
