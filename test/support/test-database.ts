import { afterAll, beforeAll } from "bun:test";
import postgres, { type Sql } from "postgres";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { eventually } from "./eventually.ts";
import { recordingLog } from "./recording-log.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "./servers.ts";

const TEMPLATE = "queueflow_template";
const CONNECTIONS_MAX = 8;

/** A database of a test file's own. Its members throw before the file's first test. */
export interface TestDatabase {
  readonly url: string;
  /** For looking at tables and preparing them, beside the code under test. */
  readonly sql: Sql;
  /** The code under test, with eight connections. */
  readonly database: Database;
}

interface OpenDatabase extends TestDatabase, AsyncDisposable {}

let template: Promise<void> | undefined;
let databases = 0;

/**
 * Gives the test file that calls it at its top level a database of its own: cloned from a migrated
 * template before its first test, dropped after its last. A connection that a test has left open fails
 * the file.
 */
export function useTestDatabase(): TestDatabase {
  let opened: OpenDatabase | undefined;
  const open = (): OpenDatabase => {
    if (opened === undefined) throw new Error("The database is there from the first test on");
    return opened;
  };
  beforeAll(async () => {
    opened = await openTestDatabase();
  }, SERVERS_START_TIMEOUT_MS);
  afterAll(async () => await opened?.[Symbol.asyncDispose](), 60_000);
  return {
    get url() {
      return open().url;
    },
    get sql() {
      return open().sql;
    },
    get database() {
      return open().database;
    },
  };
}

const SOURCES = {
  migrated: `TEMPLATE ${TEMPLATE}`,
  empty: "TEMPLATE template0",
  "empty, sorted by ICU": "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
  "not UTF-8": "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
};

/** What a database for one test is made from. */
export type DatabaseSource = keyof typeof SOURCES;

/** A database for one test, cloned from the migrated template, or empty; `await using` drops it. */
export async function openTestDatabase(from: DatabaseSource = "migrated"): Promise<OpenDatabase> {
  const { databaseUrl } = await testServers();
  template ??= makeTemplate(databaseUrl);
  await template;
  databases += 1;
  const name = `test_${databases}`;
  await asAdmin(databaseUrl, async (admin) => {
    await admin.unsafe(`CREATE DATABASE ${name} ${SOURCES[from]}`);
  });
  const url = urlOf(databaseUrl, name);
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  const database = new Database({ url, connectionsMax: CONNECTIONS_MAX });
  return {
    url,
    sql,
    database,
    async [Symbol.asyncDispose]() {
      await database.close(1_000);
      await sql.end({ timeout: 1 });
      // Refused while anyone is connected: the server takes a moment to see that we are not.
      await asAdmin(databaseUrl, async (admin) => {
        await eventually(async () => await admin.unsafe(`DROP DATABASE ${name}`));
      });
    },
  };
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  await asAdmin(databaseUrl, async (admin) => await admin.unsafe(`CREATE DATABASE ${TEMPLATE}`));
  const database = new Database({ url: urlOf(databaseUrl, TEMPLATE), connectionsMax: 1 });
  await migrate(database, recordingLog().log);
  await database.close(1_000);
}

async function asAdmin(url: string, work: (admin: Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await work(admin);
  } finally {
    await admin.end({ timeout: 1 });
  }
}

function urlOf(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
