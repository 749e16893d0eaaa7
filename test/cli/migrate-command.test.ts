import { expect, test } from "bun:test";
import { MIGRATIONS } from "../../src/store/migrations.ts";
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

test("queueflow migrate fails in one sentence when the database is away", async () => {
  const env = { DATABASE_URL: "postgres://queueflow:secret@127.0.0.1:1/queueflow" };
  const { exitCode, stderr } = await runQueueflow(["migrate"], { env });
  expect(stderr).toStartWith("queueflow: The database could not be migrated: ");
  expect(stderr).not.toContain("secret");
  expect(exitCode).toBe(1);
});
