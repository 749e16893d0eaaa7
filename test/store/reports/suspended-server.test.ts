import { expect, test } from "bun:test";
import postgres from "postgres";
import { openSiteSnapshot } from "../../../src/reporting/snapshot/open-site-snapshot.ts";
import { openSnapshotSource } from "../../../src/reporting/snapshot/snapshot-source.ts";
import { Database } from "../../../src/store/database.ts";
import { isMissedDeadline } from "../../../src/store/database-error.ts";
import { migrate } from "../../../src/store/schema/migrate.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { postgresPids, signalAll, suspendAll } from "../../support/server-processes.ts";
import { ownPostgres, SERVERS_START_TIMEOUT_MS } from "../../support/servers.ts";

test(
  "questions fail in time while PostgreSQL is suspended, and work again",
  async () => {
    await using server = await ownPostgres();
    const database = new Database({ url: server.databaseUrl, connectionsMax: 1 });
    await migrate(database, recordingLog().log);
    await database.close(1_000);
    const sql = postgres(server.databaseUrl, { max: 1 });
    const source = openSnapshotSource({
      url: server.databaseUrl,
      connectionsMax: 1,
      cacheBytesMax: 0,
    });
    const options = {
      siteId: "example.com",
      eventsMax: 1,
      choose: () => ({ columns: new Set<never>(), orderMatters: false }),
    };
    const ask = async (signal = AbortSignal.timeout(60_000)) => {
      const snapshot = await openSiteSnapshot(source, { ...options, signal });
      snapshot.end();
    };
    await ask();
    const pids = await postgresPids(sql);
    await suspendAll(pids);
    const missed = await rejectionOf(ask());
    const leaving = new AbortController();
    const left = rejectionOf(ask(leaving.signal));
    leaving.abort(new Error("The client left"));
    const reason = await left;
    signalAll(pids, "SIGCONT");
    expect([isMissedDeadline(missed), reason]).toEqual([true, new Error("The client left")]);
    await eventually(async () => await ask());
    await source.close();
    await sql.end({ timeout: 1 });
  },
  SERVERS_START_TIMEOUT_MS,
);
