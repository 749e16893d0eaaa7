import { join } from "node:path";
import { oldestPostgres, TEST_POSTGRES } from "../support/oldest-postgres.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** The slowest files. They start first, so that none runs alone at the end. */
const SLOWEST = [
  "test/reports/random-reports.test.ts",
  "test/system/chaos.test.ts",
  "test/system/killer-entries.test.ts",
  "test/system/postgres-faults.test.ts",
  "test/system/restart.test.ts",
  "test/system/thread-killed.test.ts",
];
/** They need no servers, and a process for each would take longer than the tests. */
const SERVERLESS = ["test/unit/", "test/importers/"];
/** Statements, and the transactions and retries around them: they run on the oldest PostgreSQL too. */
const STORING = [
  "test/store/",
  "test/cli/upkeep.test.ts",
  "test/consume/consumer.test.ts",
  "test/consume/finish-pending.test.ts",
  "test/consume/hot-rows.test.ts",
  "test/consume/pruner.test.ts",
  "test/consume/store-batch.test.ts",
  "test/consume/suspended.test.ts",
  "test/consume/too-large.test.ts",
];

/** `bun run test:compose` runs them. */
const CONTAINERS = "test/compose/";

/** Test files that one process runs. */
export interface TestRun {
  readonly files: readonly string[];
  /** Printed before its output. */
  readonly title?: string;
  /** The worker's servers, or new ones that the process starts. */
  readonly servers: "shared" | "own";
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Returns all runs in the order in which they start.
 *
 * @throws Error when a list above names a file that is gone.
 */
export function testRuns(): readonly TestRun[] {
  const files = [...new Bun.Glob("test/**/*.test.ts").scanSync(ROOT)]
    .filter((file) => !file.startsWith(CONTAINERS))
    .toSorted(bySystemFirst);
  for (const name of [...SLOWEST, ...SERVERLESS, ...STORING]) {
    if (!files.some((file) => file.startsWith(name))) throw new Error(`There is no ${name}`);
  }
  const slowest = files.filter((file) => SLOWEST.includes(file));
  const serverless = files.filter((file) => startsWithAny(file, SERVERLESS));
  const others = files.filter((file) => !slowest.includes(file) && !serverless.includes(file));
  return [
    ...onOldestPostgres(files.filter((file) => startsWithAny(file, STORING))),
    ...slowest.map(single),
    // As long as any, so that it must not run alone at the end.
    { files: serverless, title: "The tests without servers:", servers: "own" },
    ...others.map(single),
  ];
}

function single(file: string): TestRun {
  return { files: [file], servers: "shared" };
}

function onOldestPostgres(files: readonly string[]): readonly TestRun[] {
  const programs = oldestPostgres();
  if (programs === undefined) {
    console.log(
      "SKIPPED: the storing tests on the oldest supported PostgreSQL, because none of Debian's packages is installed",
    );
    return [];
  }
  const title = `The storing tests again, on PostgreSQL ${programs.version}:`;
  return [{ files, title, servers: "own", env: { [TEST_POSTGRES]: "oldest" } }];
}

/** Tests of whole engines take longest. */
function bySystemFirst(a: string, b: string): number {
  const isSystem = (file: string) =>
    Number(startsWithAny(file, ["test/attack/", "test/scale/", "test/system/"]));
  return isSystem(b) - isSystem(a) || a.localeCompare(b);
}

function startsWithAny(file: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => file.startsWith(prefix));
}
