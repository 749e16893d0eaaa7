import type { Sql } from "postgres";
import { freePort } from "../../src/embedded/free-port.ts";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import { checkInvariants } from "../../test/support/check-invariants.ts";
import { ENGINE } from "../../test/support/engine.ts";
import type { Bench } from "../bench.ts";
import type { BenchDatabase, BenchServers } from "../servers.ts";
import { KEY, ONE_INGEST_THREAD, startBenchEngine } from "../start-engine.ts";
import type { Checkout } from "./checkout.ts";

/** The engine of this checkout, and that of `--against`. */
export const SIDES = ["this", "other"] as const;
export type Side = (typeof SIDES)[number];

/** An engine with its own stream and its own schema. */
export interface ComparedEngine {
  readonly command: readonly string[];
  readonly key: GroupKey;
  /** Creates a database that this engine has migrated. */
  newDatabase(): Promise<BenchDatabase>;
  /** Returns the number of stored events. */
  countEvents(sql: Sql): Promise<number>;
}

/** Prepares both engines. */
export async function comparedEngines(
  bench: Bench,
  other: Checkout,
): Promise<Readonly<Record<Side, ComparedEngine>>> {
  return { this: thisEngine(bench.servers), other: await otherEngine(bench, other) };
}

export function thisEngine(servers: BenchServers): ComparedEngine {
  return {
    command: ENGINE,
    key: KEY,
    newDatabase: async () => await servers.newDatabase(),
    countEvents: checkInvariants,
  };
}

/** Lets the other engine migrate a database, of which its others are copies. */
async function otherEngine(
  { servers, placement }: Bench,
  { main }: Checkout,
): Promise<ComparedEngine> {
  const command = [process.execPath, main];
  const key = { stream: `${KEY.stream}_other`, group: KEY.group };
  // Removed with the servers.
  const template = await servers.newDatabase("template1");
  await using engine = await startBenchEngine(servers, {
    cores: placement.machine.server,
    databaseUrl: template.url,
    env: { ...ONE_INGEST_THREAD, API_PORT: String(freePort()) },
    command,
    key,
  });
  await engine.stop();
  return {
    command,
    key,
    newDatabase: async () => await servers.newDatabase(template.name),
    async countEvents(sql) {
      // The rollups of another schema may differ.
      const [row] = await sql`SELECT count(*)::int AS events FROM events`;
      return Number(row?.["events"]);
    },
  };
}
