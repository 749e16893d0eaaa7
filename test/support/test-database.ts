import { afterAll, beforeAll } from "bun:test";
import postgres, { type Sql } from "postgres";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { eventually } from "./eventually.ts";
import { recordingLog } from "./recording-log.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "./servers.ts";

const TEMPLATE = "queueflow_template";
const CONNECTIONS_MAX = 8;

/** A database for one test file. Its members throw before the first test. */
export interface TestDatabase {
  readonly url: string;
  /** Reads and prepares tables, independently of the code under test. */
  readonly sql: Sql;
  /** The code under test, with at most eight connections. */
  readonly database: Database;
}

interface OpenDatabase extends TestDatabase, AsyncDisposable {}

let template: Promise<void> | undefined;
let databases = 0;

/**
 * Called at the top level of a test file: opens a migrated database before the file's first test and drops it after the last.
 * A connection that a test left open fails the file.
 */
export function useTestDatabase(): TestDatabase {
  let opened: OpenDatabase | undefined;
  const open = (): OpenDatabase => {
    if (opened === undefined) throw new Error("The database is open from the first test on");
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

/** Without prepared statements, whose plans fail when an optional migration changes a column's type between two queries. */
export const TEST_CLIENT = { max: 1, prepare: false, onnotice: () => undefined };

export type DatabaseSource = keyof typeof SOURCES;

/** Opens a database for one test; `await using` drops it. */
export async function openTestDatabase(from: DatabaseSource = "migrated"): Promise<OpenDatabase> {
  const { databaseUrl } = await testServers();
  template ??= makeTemplate(databaseUrl);
  await template;
  databases += 1;
  // Other processes use the same server, before and after this one.
  const name = `test_${process.pid}_${databases}`;
  await asAdmin(databaseUrl, async (admin) => {
    await admin.unsafe(`CREATE DATABASE ${name} ${SOURCES[from]}`);
  });
  const url = urlOf(databaseUrl, name);
  const sql = postgres(url, TEST_CLIENT);
  const database = new Database({ url, connectionsMax: CONNECTIONS_MAX });
  return {
    url,
    sql,
    database,
    async [Symbol.asyncDispose]() {
      await database.close(1_000);
      await sql.end({ timeout: 1 });
      // Fails until the server has noticed that the sessions are closed.
      await asAdmin(databaseUrl, async (admin) => {
        await eventually(async () => await admin.unsafe(`DROP DATABASE ${name}`));
      });
    },
  };
}

/** Creates the migrated template unless the server has it. A creation that was interrupted does not count. */
export async function makeTemplate(databaseUrl: string): Promise<void> {
  await asAdmin(databaseUrl, async (admin) => {
    const found = await admin`SELECT FROM pg_database WHERE datname = ${TEMPLATE}`;
    if (found.length > 0) return;
    const name = `${TEMPLATE}_${process.pid}`;
    await admin.unsafe(`CREATE DATABASE ${name}`);
    const database = new Database({ url: urlOf(databaseUrl, name), connectionsMax: 1 });
    await migrate(database, recordingLog().log);
    await database.close(1_000);
    await eventually(
      async () => await admin.unsafe(`ALTER DATABASE ${name} RENAME TO ${TEMPLATE}`),
    );
  });
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
