import { type Command, InvalidArgumentError } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { deadLetterIds } from "../../store/dead-letters.ts";
import { CommandFailure } from "../command-failure.ts";

/** The largest BIGINT, and so the largest possible ID. */
const ID_MAX = 2n ** 63n - 1n;
const MISSING_NAMED_MAX = 20;

/** The dead letters that a command works on: some IDs, or all. */
export interface Selection {
  readonly ids: readonly string[];
  readonly all: boolean;
}

export function addSelection(command: Command): Command {
  return command
    .argument("[ids...]", "their IDs, as listed by `list`", collectLetterIds)
    .option("--all", "all that exist when the command starts");
}

/** @throws QueueFlowError `invalid_usage` unless exactly one of IDs and `--all` is given. */
export function checkSelection({ ids, all }: Selection): void {
  if (ids.length > 0 && all) {
    throw new QueueFlowError("invalid_usage", "Give either IDs of dead letters or --all, not both");
  }
  if (ids.length === 0 && !all) {
    throw new QueueFlowError("invalid_usage", "Give the IDs of dead letters, or --all");
  }
}

export async function selectedIds(
  database: Database,
  { ids, all }: Selection,
): Promise<readonly string[]> {
  return all ? await deadLetterIds(database) : [...new Set(ids)];
}

/**
 * @throws CommandFailure that names the requested IDs that do not exist. With `--all`, another process has
 *   sent or dropped them since, which is not an error.
 */
export function checkNoneMissing({ all }: Selection, missingIds: readonly string[]): void {
  if (all || missingIds.length === 0) return;
  const named = missingIds.slice(0, MISSING_NAMED_MAX).join(", ");
  const more = missingIds.length > MISSING_NAMED_MAX ? " and more" : "";
  throw new CommandFailure(1, `There is no dead letter ${named}${more}`);
}

export function parseLetterId(value: string): string {
  const isId = /^[1-9]\d{0,18}$/.test(value) && BigInt(value) <= ID_MAX;
  if (!isId) throw new InvalidArgumentError("Expected the ID of a dead letter.");
  return value;
}

function collectLetterIds(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseLetterId(value)];
}
