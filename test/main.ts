import { CHROMIUM } from "./support/chromium.ts";
import { debianProgram } from "./support/debian-program.ts";
import { DEBIAN_POSTGRES, oldestPostgres, TEST_POSTGRES } from "./support/oldest-postgres.ts";
import { PROMTOOL } from "./support/promtool.ts";

/**
 * `bun run test [FILE…]`: all tests, or those of the files. All of them run in two processes side by side, each with
 * servers of its own, since most of the time they wait for something. What the second has said comes
 * after the first is through. Then the tests that store run again on the oldest PostgreSQL, and the totals come last.
 */
const TEST = [process.execPath, "test", "--timeout", "60000"];
const SHARDS = 2;
/** What all of them need, so that no two install it at once; `redis-server` as an engine without one would install it. */
const PROGRAMS = [
  { names: ["redis-server"], package: "redis-server", service: "redis-server" },
  CHROMIUM,
  PROMTOOL,
  DEBIAN_POSTGRES,
];
/** Tests of what PostgreSQL does: the statements, and the transactions and retries around them. */
const STORING_TESTS = [
  "test/store",
  "test/cli/upkeep.test.ts",
  "test/consume/consumer.test.ts",
  "test/consume/finish-pending.test.ts",
  "test/consume/hot-rows.test.ts",
  "test/consume/store-batch.test.ts",
  "test/consume/pruner.test.ts",
  "test/consume/suspended.test.ts",
  "test/consume/too-large.test.ts",
];

const files = Bun.argv.slice(2);
// Not `process.exit`, which would cut off what a pipe has not taken.
process.exitCode = files.length > 0 ? await runFiles() : await runAll();

async function runFiles(): Promise<number> {
  return await Bun.spawn([...TEST, ...files], { stdio: ["inherit", "inherit", "inherit"] }).exited;
}

async function runAll(): Promise<number> {
  await installPrograms();
  const shards = Array.from({ length: SHARDS }, (_, index) => startShard(index + 1));
  const outputs = await Promise.all(
    shards.map(async ({ output }, index) => await read(output, { isShown: index === 0 })),
  );
  for (const output of outputs.slice(1)) process.stdout.write(output);
  const oldest = startOldest();
  if (oldest !== undefined) {
    shards.push(oldest);
    outputs.push(await read(oldest.output, { isShown: true }));
  }
  const codes = await Promise.all(shards.map(async ({ exited }) => await exited));
  const sumOf = (word: string): number =>
    outputs.reduce((sum, output) => sum + lastCount(output, word), 0);
  // Not console.log, which overtakes what a slow pipe has still to take.
  process.stdout.write(`\n ${sumOf("pass")} pass\n ${sumOf("fail")} fail\n`);
  return Math.max(...codes);
}

/** What cannot be installed, the tests that need it tell. */
async function installPrograms(): Promise<void> {
  for (const program of PROGRAMS) await debianProgram(program).catch(() => undefined);
}

function startShard(number: number) {
  return startTests([`--shard=${number}/${SHARDS}`], { TEST_SHARD: String(number) });
}

function startOldest() {
  const programs = oldestPostgres();
  if (programs === undefined) {
    process.stdout.write(
      "\nSKIPPED: the storing tests on the oldest supported PostgreSQL, since none of Debian's packages is installed\n",
    );
    return undefined;
  }
  process.stdout.write(`\nThe storing tests again, on PostgreSQL ${programs.version}:\n`);
  return startTests(STORING_TESTS, { [TEST_POSTGRES]: "oldest" });
}

function startTests(args: readonly string[], variables: Readonly<Record<string, string>>) {
  // One stream for both, so that a failure stands where it belongs.
  const command = ["sh", "-c", 'exec "$@" 2>&1', "sh", ...TEST, ...args];
  const env = { ...Bun.env, ...variables };
  const child = Bun.spawn(command, { env, stdio: ["ignore", "pipe", "inherit"] });
  process.once("SIGTERM", () => child.kill("SIGTERM"));
  const { stdout, exited } = child;
  return { output: stdout.pipeThrough(new TextDecoderStream()), exited };
}

async function read(
  output: ReadableStream<string>,
  { isShown }: { readonly isShown: boolean },
): Promise<string> {
  let text = "";
  for await (const piece of output) {
    if (isShown) process.stdout.write(piece);
    text += piece;
  }
  return text;
}

/** The number in the summary of `bun test`. */
function lastCount(output: string, word: string): number {
  return Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
}
