import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTestDatabase } from "../support/test-database.ts";
import { runQueueflow } from "./run-queueflow.ts";

test(
  "migrate applies all migrations once",
  async () => {
    await using database = await openTestDatabase("empty");
    const env = { DATABASE_URL: database.url };
    const first = await runQueueflow(["migrate"], { env });
    expect(first.stdout).toBe(`Applied ${MIGRATIONS.length} migrations.\n`);
    expect(first.stderr).toContain("Migration applied (version 1, name events)");
    const second = await runQueueflow(["migrate"], { env });
    expect(second).toEqual({ exitCode: 0, stdout: "The schema is up to date.\n", stderr: "" });
    expect(await database.sql`SELECT FROM events`).toHaveLength(0);
  },
  SERVERS_START_TIMEOUT_MS,
);

test("migrate names missing tables of a migrated database", async () => {
  await using database = await openTestDatabase("migrated");
  await database.sql`DROP TABLE pruned_days, dead_events`;
  const { exitCode, stdout, stderr } = await runQueueflow(["migrate"], {
    env: { DATABASE_URL: database.url },
  });
  expect(stderr).toContain("these tables are missing: dead_events, pruned_days. Check");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  const listed = await runQueueflow(["dead-letters", "list"], {
    env: { DATABASE_URL: database.url },
  });
  const { host, pathname } = new URL(database.url);
  expect(listed.stderr).toStartWith(
    `queueflow: Cannot list the dead letters: PostgreSQL at ${host}${pathname}: relation "dead_events" does not exist. See whether this is the right database`,
  );
});
