import { InvalidArgumentError } from "commander";
import { QueueFlowError } from "../../errors.ts";
import { decodeEntry } from "../../event/entry-codec.ts";
import { EVENT_FIELDS } from "../../event/event.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";
import type { LetterChoice } from "./letter-choice.ts";

/** The fields that are stored; an entry may have others besides. */
const FIELDS: readonly string[] = EVENT_FIELDS.map(({ name }) => name);
/** Values given with `--set`, by the name of the field. */
export type Corrections = Readonly<Record<string, string>>;

/** Reads one `field=value` of `--set` and adds it to those before. */
export function collectCorrection(value: string, before: Corrections = {}): Corrections {
  const at = value.indexOf("=");
  const field = value.slice(0, at);
  if (at === -1 || !FIELDS.includes(field)) {
    throw new InvalidArgumentError(`Expected field=value with one of ${FIELDS.join(", ")}.`);
  }
  return { ...before, [field]: value.slice(at + 1) };
}

/**
 * @throws QueueFlowError `invalid_usage` for one `event_id` on more than one letter: they would count as one event.
 */
export function checkCorrections(
  { event_id }: Corrections,
  { ids, all = false }: LetterChoice,
): void {
  if (event_id === undefined || (!all && ids.length === 1)) return;
  throw new QueueFlowError(
    "invalid_usage",
    "One event_id is for one dead letter: events with the same count once",
  );
}

/**
 * Why a letter's fields would only die again, or be stored as something else than was sent;
 * `undefined` when they can be sent.
 */
export function whyNotSendable(
  fields: Readonly<Record<string, string>>,
  { corrections, nowMs }: { corrections: Corrections; nowMs: number },
): string | undefined {
  const decoded = decodeEntry(Object.entries(fields).flat(), nowMs);
  if (decoded.kind === "invalid") return Object.values(decoded.fields).join("; ");
  const lost = FIELDS.find(
    (field) => corrections[field] === undefined && fields[field]?.includes(REPLACEMENT_CHARACTER),
  );
  return lost && `${lost} holds U+FFFD, which stands for bytes that were not UTF-8`;
}
