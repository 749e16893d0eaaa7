import { expect, test } from "bun:test";
import { checkRandomReports } from "../support/reports/random-reports.ts";
import { useTestedReports } from "../support/reports/use-tested-reports.ts";

const reports = useTestedReports();

/** `bun run test:reports` asks more, and others. */
const SEED = 1;
const QUERIES = 1_000;

test("equals SQL over the raw rows, whatever is packed", async () => {
  const servers = reports();
  await checkRandomReports(servers, { seed: SEED, queries: QUERIES });
  // Days were read from their parts, rather than from raw rows because the parts were wrong.
  expect(servers.engine.counts.countMismatches).toBe(0);
  expect(servers.engine.counts.cacheMisses).toBeGreaterThan(QUERIES);
}, 600_000);
