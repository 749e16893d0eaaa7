import { expect, test } from "bun:test";
import { isDatabaseError, sqlState } from "../../src/store/database-error.ts";
import { openSql } from "../../src/store/open-sql.ts";
import { SESSION_SETTINGS } from "../../src/store/session-settings.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { useTestDatabase } from "../support/test-database.ts";

const here = useTestDatabase();

test("a connection of Bun's driver has the engine's settings", async () => {
  const sql = openSql({ url: here.url, connectionsMax: 1, settings: { statement_timeout: 1_234 } });
  const [row] = await sql`
    SELECT current_setting('statement_timeout') AS timeout, current_setting('application_name') AS name`;
  expect(row).toEqual({ timeout: "1234ms", name: SESSION_SETTINGS.application_name });
  await sql.close();
});

test("errors of Bun's driver have their SQLSTATE", async () => {
  const sql = openSql({ url: here.url, connectionsMax: 1 });
  const error = await rejectionOf(sql`SELECT 1 / 0`);
  expect([sqlState(error), isDatabaseError(error)]).toEqual(["22012", true]);
  await sql.close();
  const away = openSql({ url: "postgres://a:b@127.0.0.1:1/none", connectionsMax: 1 });
  const refused = await rejectionOf(away`SELECT 1`);
  expect([sqlState(refused), isDatabaseError(refused)]).toEqual([undefined, true]);
  await away.close();
});
