import { describe, test } from "bun:test";
import type { Sql } from "postgres";
import {
  KEEPER,
  KEEPER_PASSWORD,
  KEPT_DATABASE,
  type PostgresFault,
  survive,
  usePostgresBench,
} from "../support/postgres-bench.ts";

const TIMEOUT_MS = 120_000;

const file = usePostgresBench();

/** A fault that one statement brings about and another mends. */
function statements(
  begin: string,
  end: string,
  said: PostgresFault["said"],
): (sql: Sql) => PostgresFault {
  return (sql) => ({
    begin: async () => await sql.unsafe(begin),
    said,
    end: async () => await sql.unsafe(end),
  });
}

const BY_STATEMENTS: readonly (readonly [string, (sql: Sql) => PostgresFault])[] = [
  [
    "a table is gone",
    statements(
      "ALTER TABLE daily_site_path_counts RENAME TO gone",
      "ALTER TABLE gone RENAME TO daily_site_path_counts",
      { level: "error", error: /relation "daily_site_path_counts" does not exist/ },
    ),
  ],
  [
    "a column is gone",
    statements(
      "ALTER TABLE events RENAME COLUMN user_id TO gone",
      "ALTER TABLE events RENAME COLUMN gone TO user_id",
      { level: "error", error: /column "user_id" .*does not exist/ },
    ),
  ],
  [
    "a unique key is gone",
    statements(
      "ALTER TABLE daily_site_stats DROP CONSTRAINT daily_site_stats_pkey",
      "ALTER TABLE daily_site_stats ADD PRIMARY KEY (site_id, date)",
      { level: "error", error: /no unique or exclusion constraint/ },
    ),
  ],
  [
    "a column is there that only somebody else knows of",
    statements(
      "ALTER TABLE events ADD COLUMN tenant TEXT NOT NULL DEFAULT 'a'; ALTER TABLE events ALTER tenant DROP DEFAULT",
      "ALTER TABLE events DROP COLUMN tenant",
      { level: "error", error: /null value in column "tenant"/ },
    ),
  ],
  [
    "a sequence is behind its table",
    statements(
      // Around and around: by itself every attempt would bring it forward.
      "ALTER SEQUENCE events_id_seq MAXVALUE 2 CYCLE RESTART 1",
      "ALTER SEQUENCE events_id_seq NO MAXVALUE NO CYCLE; SELECT setval('events_id_seq', (SELECT max(id) FROM events))",
      { level: "error", error: /duplicate key .*"events_pkey"/ },
    ),
  ],
  [
    "a right is revoked",
    statements(`REVOKE INSERT ON events FROM ${KEEPER}`, `GRANT INSERT ON events TO ${KEEPER}`, {
      level: "error",
      error: /permission denied for table events/,
    }),
  ],
];

describe("every event is kept, the error said once, and the backlog stored when it is mended that", () => {
  for (const [what, faultOf] of BY_STATEMENTS) {
    test(
      what,
      async () => {
        await survive(file.bench, faultOf(file.bench.servers.sql), file.all);
      },
      TIMEOUT_MS,
    );
  }

  test(
    "PostgreSQL takes no writes",
    async () => {
      const { admin } = file.bench;
      const setReadOnly = async (value: "on" | "off") => {
        await admin.unsafe(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
        await admin`SELECT pg_reload_conf()`;
      };
      await survive(
        file.bench,
        {
          begin: async () => await setReadOnly("on"),
          said: { level: "error", error: /cannot execute .* in a read-only transaction/ },
          end: async () => await setReadOnly("off"),
        },
        file.all,
      );
    },
    TIMEOUT_MS,
  );

  test(
    "the password is another",
    async () => {
      const { admin } = file.bench;
      const setPassword = async (password: string) =>
        await admin.unsafe(`ALTER ROLE ${KEEPER} PASSWORD '${password}'`);
      await survive(
        file.bench,
        {
          begin: async () => {
            await setPassword("another");
            await file.bench.endSessions();
          },
          said: { level: "error", error: /password authentication failed/ },
          end: async () => await setPassword(KEEPER_PASSWORD),
        },
        file.all,
      );
    },
    TIMEOUT_MS,
  );

  test(
    "the database has another name",
    async () => {
      const { admin } = file.bench;
      await survive(
        file.bench,
        {
          begin: async () => {
            await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS false`);
            await admin`
              SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
              WHERE datname = ${KEPT_DATABASE}`;
            await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} RENAME TO gone`);
          },
          said: { level: "error", error: /database "kept" does not exist/ },
          end: async () => {
            await admin.unsafe(`ALTER DATABASE gone RENAME TO ${KEPT_DATABASE}`);
            await admin.unsafe(`ALTER DATABASE ${KEPT_DATABASE} ALLOW_CONNECTIONS true`);
          },
        },
        file.all,
      );
    },
    TIMEOUT_MS,
  );
});
