import { afterAll, beforeAll } from "bun:test";
import { SERVERS_START_TIMEOUT_MS } from "../servers.ts";
import { useTestDatabase } from "../test-database.ts";
import { type FunctionEngine, functionEngine } from "./function-engine.ts";
import { createCopy, type StageServers } from "./report-stage.ts";

/** Called at the top level of a test file: opens a database, and what packs and answers from it, for the file's tests. */
export function useTestedReports(): () => StageServers & { readonly engine: FunctionEngine } {
  let engine: FunctionEngine | undefined;
  // Before the database is dropped.
  afterAll(async () => await engine?.[Symbol.asyncDispose]());
  const given = useTestDatabase();
  beforeAll(async () => {
    engine = await functionEngine(given.url, given.database);
    await createCopy(given.sql);
  }, SERVERS_START_TIMEOUT_MS);
  return () => {
    if (engine === undefined) throw new Error("The database is open from the first test on");
    return { sql: given.sql, database: given.database, engine };
  };
}
