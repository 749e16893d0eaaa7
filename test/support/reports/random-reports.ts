import { Random } from "../../chaos/random.ts";
import { areEqual } from "./check-report.ts";
import { minimise } from "./minimise.ts";
import { queryBody } from "./query-body.ts";
import { randomQuestion, randomWorld, type Step, type World } from "./random/random-case.ts";
import { createCopy, ReportStage, type StageServers } from "./report-stage.ts";
import { type ReportCase, smallerCases } from "./smaller-case.ts";

/** Of a state of the tables. */
const QUESTIONS_EACH = 12;
const TRIES_MAX = 400;
const SEED_MAX = 2 ** 32 - 1;

export interface RandomReports {
  readonly seed: number;
  readonly queries: number;
  readonly say?: (line: string) => void;
}

/**
 * Asks the engine and the oracle random questions about random events, packed and pruned at random.
 *
 * @throws Error with the seed and a minimal case when two answers differ.
 */
export async function checkRandomReports(
  servers: StageServers,
  { seed, queries, say }: RandomReports,
): Promise<void> {
  await createCopy(servers.sql);
  const seeds = new Random(seed);
  let asked = 0;
  // The first world is that of the seed itself, by which a difference is repeated. The others are those of no neighbouring seed.
  for (let world = seed; asked < queries; world = seeds.integer(0, SEED_MAX)) {
    asked += await checkWorld(servers, world, queries - asked);
    say?.(`seed ${world}: ${asked} questions`);
  }
}

/** Returns how many questions were asked. */
async function checkWorld(servers: StageServers, seed: number, queries: number): Promise<number> {
  const random = new Random(seed);
  const world = randomWorld(random);
  const stage = new ReportStage(servers, world);
  const steps: Step[] = [];
  let asked = 0;
  for (const step of world.steps) {
    await stage.apply(step);
    steps.push(step);
    const questions = Array.from({ length: QUESTIONS_EACH }, () =>
      randomQuestion(random, world, steps),
    ).toSorted((a, b) => (a.siteId < b.siteId ? -1 : 1));
    for (const query of questions) {
      if (asked === queries) return asked;
      asked += 1;
      if (areEqual(await stage.ask(query))) continue;
      throw new Error(await report(servers, world, { seed, steps: [...steps], query }));
    }
  }
  return asked;
}

/** Returns the smallest case that was found, and both answers. */
async function report(
  servers: StageServers,
  world: World,
  { seed, steps, query }: ReportCase & { readonly seed: number },
): Promise<string> {
  const play = async (smaller: ReportCase) => {
    const stage = new ReportStage(servers, world);
    for (const step of smaller.steps) await stage.apply(step);
    return await stage.ask(smaller.query);
  };
  const fails = async (smaller: ReportCase) => {
    const answers = await play(smaller);
    // A smaller question may be one that the engine refuses.
    return !areEqual(answers) && (isRefused || !("error" in answers.received));
  };
  const isRefused = "error" in (await play({ steps, query })).received;
  const options = { smaller: smallerCases, fails, triesMax: TRIES_MAX };
  const minimal = await minimise<ReportCase>({ steps, query }, options);
  const { expected, received } = await play(minimal);
  return [
    `The engine and SQL over the raw rows differ; repeat with --seed ${seed} --queries 500`,
    `time zone ${world.settings.timeZone}, now ${new Date(world.nowMs).toISOString()}, page views ${world.settings.pageViewTypes.join(", ")}`,
    ...minimal.steps.map((step) => JSON.stringify(step)),
    JSON.stringify(queryBody(minimal.query)),
    `expected ${JSON.stringify(expected)}`,
    `received ${JSON.stringify(received)}`,
  ].join("\n");
}
