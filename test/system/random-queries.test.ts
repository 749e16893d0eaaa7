import { afterAll, beforeAll, test } from "bun:test";
import { Database } from "../../src/store/database.ts";
import { useEngine } from "../support/engine-servers.ts";
import { type FunctionEngine, functionEngine } from "../support/reports/function-engine.ts";
import { httpEngine } from "../support/reports/http-engine.ts";
import { checkRandomReports } from "../support/reports/random-reports.ts";

const QUERIES = 120;

let database: Database | undefined;
let packing: FunctionEngine | undefined;
// Before the database is dropped.
afterAll(async () => {
  await packing?.[Symbol.asyncDispose]();
  await database?.close(1_000);
});
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

beforeAll(async () => {
  const { DATABASE_URL: url = "" } = file.servers.env;
  database = new Database({ url, connectionsMax: 2 });
  packing = await functionEngine(url, database);
});

test("POST /query equals SQL over the raw rows", async () => {
  if (database === undefined || packing === undefined) throw new Error("No database is open");
  const { sql } = file.servers;
  const engine = httpEngine(file.engine, sql, packing);
  await checkRandomReports({ sql, database, engine }, { seed: 4_000, queries: QUERIES });
}, 300_000);
