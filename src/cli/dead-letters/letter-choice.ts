import { type Command, InvalidArgumentError } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { deadEventIds } from "../../store/dead-letters/dead-event-ids.ts";
import { CommandFailure } from "../command-failure.ts";

/** The largest BIGINT: no row has a larger id. */
const ID_MAX = 2n ** 63n - 1n;
const PAGE_LETTERS = 100;
const MISSING_NAMED_MAX = 20;

/** Which dead letters a command works on: these, or all there are. */
export interface LetterChoice {
  readonly ids: readonly string[];
  readonly all?: boolean;
}

/** Adds the arguments of a command that works on some dead letters or on all. */
export function addLetterChoice(command: Command): Command {
  return command
    .argument("[ids...]", "their numbers, as `list` shows them", collectLetterIds)
    .option("--all", "all that there are when the command begins");
}

/**
 * @throws QueueFlowError `invalid_usage` unless it is either some ids or all.
 */
export function checkLetterChoice({ ids, all = false }: LetterChoice): void {
  if (ids.length > 0 && all) {
    throw new QueueFlowError("invalid_usage", "Say either which dead letters or --all, not both");
  }
  if (ids.length === 0 && !all) {
    throw new QueueFlowError("invalid_usage", "Say which dead letters: their numbers, or --all");
  }
}

/** The ids that are meant, each once. */
export async function chosenIds(
  database: Database,
  { ids, all = false }: LetterChoice,
): Promise<readonly string[]> {
  return all ? await deadEventIds(database) : [...new Set(ids)];
}

/** Ids in pages that one statement takes, and whose letters fit in memory. */
export function* pagesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let first = 0; first < ids.length; first += PAGE_LETTERS) {
    yield ids.slice(first, first + PAGE_LETTERS);
  }
}

/**
 * @throws CommandFailure that names the first of the letters that were asked for and do not exist. Of `--all`, those are
 *   gone that another process has sent or dropped meanwhile, which is what was asked for.
 */
export function checkNoneMissing(
  { all = false }: LetterChoice,
  missingIds: readonly string[],
): void {
  if (all || missingIds.length === 0) return;
  const named = missingIds.slice(0, MISSING_NAMED_MAX).join(", ");
  const more = missingIds.length > MISSING_NAMED_MAX ? " and more" : "";
  throw new CommandFailure(1, `There is no dead letter ${named}${more}`);
}

/** Reads the number of a dead letter. */
export function parseLetterId(value: string): string {
  const isId = /^[1-9]\d{0,18}$/.test(value) && BigInt(value) <= ID_MAX;
  if (!isId) throw new InvalidArgumentError("Expected the number of a dead letter.");
  return value;
}

function collectLetterIds(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseLetterId(value)];
}
