import type { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import { printable } from "../../log/printable.ts";
import type { Database } from "../../store/database.ts";
import { expectNoEviction } from "../../stream/inspect/check-redis.ts";
import { readClock } from "../../stream/redis/redis-clock.ts";
import { closeRedisConnection } from "../../stream/redis/redis-connection.ts";
import { CommandFailure } from "../command-failure.ts";
import { findRedisUrl } from "../find-servers.ts";
import { count } from "../plain-text.ts";
import { connectRedis } from "../reach-redis.ts";
import { type Corrections, checkCorrections, collectCorrection } from "./corrections.ts";
import {
  addLetterChoice,
  checkLetterChoice,
  checkNoneMissing,
  chosenIds,
  type LetterChoice,
} from "./letter-choice.ts";
import { type RetryTally, retryLetters } from "./retry-letters.ts";
import { withDatabase } from "./with-database.ts";

const HELP = `
The fields go to the stream they came from, as a new entry, and the letter is deleted once Redis has
it. It is safe to interrupt and to run again: an event counts once, known by its event_id. An entry
that would only die again stays where it is, unless --set corrects it. One without an event_id gets
that of its entry. One that ended its thread will do so again, a few times, until what ails it is mended.

Examples:
  queueflow dead-letters retry 7 8
  queueflow dead-letters retry 7 --set site_id=example.com --set timestamp=2026-01-15T09:30:00Z
  queueflow dead-letters retry --all`;

interface RetryFlags {
  readonly all?: boolean;
  readonly set?: Corrections;
}

/** Adds `queueflow dead-letters retry ID… | --all`. */
export function addRetryCommand(deadLetters: Command): void {
  addLetterChoice(deadLetters.command("retry"))
    .summary("send some or all to the stream again")
    .description("Sends dead letters to the stream again.")
    .option("--set <field=value>", "a field's right value; may be repeated", collectCorrection)
    .addHelpText("after", HELP)
    .action(retryCommand);
}

async function retryCommand(
  ids: readonly string[] = [],
  { all = false, set: corrections = {} }: RetryFlags,
): Promise<void> {
  const choice = { ids, all };
  checkLetterChoice(choice);
  checkCorrections(corrections, choice);
  const redisUrl = findRedisUrl(readConfig());
  const tally: RetryTally = { sent: 0, refused: 0, firstRefused: [], missingIds: [] };
  try {
    await withDatabase(
      "The dead letters could not be sent again",
      async (database) => await retry(database, { choice, redisUrl, corrections, tally }),
    );
  } finally {
    process.stdout.write(report(tally));
  }
  if (tally.sent + tally.refused + tally.missingIds.length === 0) {
    process.stdout.write("There are no dead letters.\n");
  }
  checkNoneMissing(choice, tally.missingIds);
  if (tally.refused > 0) {
    throw new CommandFailure(
      1,
      `${count(tally.refused, "dead letter")} would only die again: correct them with --set, or drop them`,
    );
  }
}

async function retry(
  database: Database,
  {
    choice,
    redisUrl,
    corrections,
    tally,
  }: { choice: LetterChoice; redisUrl: string; corrections: Corrections; tally: RetryTally },
): Promise<void> {
  const redis = await connectRedis(redisUrl);
  try {
    await expectNoEviction(redis);
    const ids = await chosenIds(database, choice);
    const nowMs = (await readClock(redis)) ?? Date.now();
    await retryLetters({ database, redis }, { ids, corrections, nowMs, tally });
  } finally {
    await closeRedisConnection(redis);
  }
}

/** Printed when the retry fails midway too, and then empty unless it got anywhere. */
function report({ sent, refused, firstRefused }: RetryTally): string {
  const refusals = firstRefused.map(({ id, why }) => `  ${id}  ${printable(why)}`);
  const lines = [
    ...(sent === 0 ? [] : [`Sent ${count(sent, "dead letter")} to the stream again.`]),
    ...(refused === 0 ? [] : [`Refused ${count(refused, "dead letter")}:`, ...refusals]),
    ...(refused > firstRefused.length ? ["  and more"] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
