import { describe, expect, test } from "bun:test";
import { Database } from "../../src/store/database.ts";
import { probeDatabase } from "../../src/store/inspect/probe-database.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { openTestDatabase, useTestDatabase } from "../support/test-database.ts";

const testDatabase = useTestDatabase();
const DOWN = { state: "down", deadLetters: undefined, losses: undefined } as const;
const TIMEOUT_MS = 120_000;

describe("probing PostgreSQL", () => {
  test("counts dead letters", async () => {
    expect(await probeDatabase(testDatabase.database)).toEqual({
      state: "up",
      deadLetters: 0,
      losses: [],
    });
    await testDatabase.sql`
      INSERT INTO dead_events (stream, entry_id, fields, reason, deliveries)
      SELECT 's', i || '-0', '{}', 'bad', 1 FROM generate_series(1, 3) AS i`;
    expect(await probeDatabase(testDatabase.database)).toMatchObject({
      state: "up",
      deadLetters: 3,
    });
  });

  test(
    "finds it up before the tables exist",
    async () => {
      await using empty = await openTestDatabase("empty");
      expect(await probeDatabase(empty.database)).toEqual({
        state: "up",
        deadLetters: undefined,
        losses: undefined,
      });
    },
    TIMEOUT_MS,
  );

  test(
    "finds it down while the network refuses or swallows all",
    async () => {
      await using proxy = openTcpProxy(testDatabase.url);
      const database = new Database({
        url: throughProxy(testDatabase.url, proxy),
        connectionsMax: 1,
      });
      proxy.mode = "refuse";
      expect(await probeDatabase(database)).toEqual(DOWN);
      proxy.mode = "pass";
      expect((await probeDatabase(database)).state).toBe("up");
      proxy.mode = "swallow all";
      expect(await probeDatabase(database)).toEqual(DOWN);
      proxy.mode = "pass";
      expect((await probeDatabase(database)).state).toBe("up");
      await database.close(1_000);
    },
    TIMEOUT_MS,
  );
});
