import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTestDatabase } from "../support/test-database.ts";
import { runQueueflow } from "./spawn-queueflow.ts";

test(
  "queueflow migrate brings an empty database up to date, and once more changes nothing",
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

test("queueflow migrate names the tables that a migrated database lacks", async () => {
  await using database = await openTestDatabase("migrated");
  await database.sql`DROP TABLE pruned_days, dead_events`;
  const { exitCode, stdout, stderr } = await runQueueflow(["migrate"], {
    env: { DATABASE_URL: database.url },
  });
  expect(stderr).toContain("and lacks dead_events, pruned_days: see whether");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  const listed = await runQueueflow(["dead-letters", "list"], {
    env: { DATABASE_URL: database.url },
  });
  const { host, pathname } = new URL(database.url);
  expect(listed.stderr).toBe(
    `queueflow: The dead letters could not be read: PostgreSQL at ${host}${pathname}: relation "dead_events" does not exist. See whether this is the right database, and restore its tables; in a new and empty one make them with \`queueflow migrate\`\n`,
  );
});

test("queueflow migrate fails in one sentence when the database is away", async () => {
  const env = { DATABASE_URL: "postgres://queueflow:secret@127.0.0.1:1/queueflow" };
  const { exitCode, stderr } = await runQueueflow(["migrate"], { env });
  expect(stderr).toStartWith("queueflow: The database could not be migrated: ");
  expect(stderr).not.toContain("secret");
  expect(exitCode).toBe(1);
});
