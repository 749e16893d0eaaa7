import { Elysia } from "elysia";
import { EVERY_SITE } from "../../../access/access-document.ts";
import {
  CORRECTABLE_FIELDS,
  type Corrections,
} from "../../../administer/dead-letters/corrections.ts";
import { dropDeadLetters } from "../../../administer/dead-letters/drop.ts";
import { retryDeadLetters } from "../../../administer/dead-letters/retry.ts";
import type { RetryTally } from "../../../administer/dead-letters/send-again.ts";
import { InvalidFieldsError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { isObject } from "../../../event/is-object.ts";
import { pageOfDeadLetters, type ShownDeadLetter } from "../../../store/dead-letters.ts";
import { describeDeadLetters } from "../../openapi/describe-pipeline.ts";
import {
  type Administered,
  type AdministrationSources,
  administer,
  expectInScope,
} from "./administer.ts";

const PATH = "/dead-letters";
const RETRY_PATH = "/dead-letters/retry";
const DROP_PATH = "/dead-letters/drop";
/** Of a request: what one transaction takes. */
const LETTERS_MAX = 100;
/** Longer fields are of other programs, and no page shows them. */
const FIELDS_BYTES_MAX = 32_768;
const ID = /^[1-9]\d{0,17}$/;
/** No dead letter has it. */
const AFTER_ALL = "9223372036854775807";

export function deadLettersRoute(sources: AdministrationSources) {
  const described = describeDeadLetters();
  return new Elysia()
    .get(PATH, administer(PATH, sources, { parameters: ["before"], answer: list }), {
      detail: described.list,
    })
    .post(RETRY_PATH, administer(RETRY_PATH, sources, { parameters: [], answer: retry }), {
      parse: "none",
      detail: described.retry,
    })
    .post(DROP_PATH, administer(DROP_PATH, sources, { parameters: [], answer: drop }), {
      parse: "none",
      detail: described.drop,
    });
}

async function list({ scope, servers, parameters }: Administered): Promise<Response> {
  expectInScope(scope, EVERY_SITE);
  const before = parameters.get("before");
  if (before !== undefined) expectId("before", before);
  const letters = await pageOfDeadLetters(servers.database, {
    beforeId: before ?? AFTER_ALL,
    lettersMax: LETTERS_MAX + 1,
    fieldsBytesMax: FIELDS_BYTES_MAX,
  });
  const shown = letters.slice(0, LETTERS_MAX);
  return Response.json({
    dead_letters: shown.map(letterJson),
    next_before: letters.length > shown.length ? shown.at(-1)?.id : null,
  });
}

async function retry({ scope, servers, readFields }: Administered): Promise<Response> {
  expectInScope(scope, EVERY_SITE);
  const { ids: given, corrections: set = {}, ...others } = await readFields();
  expectNone(others, "ids and corrections");
  const ids = idsIn(given);
  const corrections = correctionsIn(set, ids);
  const tally: RetryTally = { sent: 0, refused: 0, firstRefused: [], missingIds: [] };
  await retryDeadLetters(servers, { ids, corrections, tally });
  const { sent, firstRefused: refused, missingIds: missing } = tally;
  return Response.json({ sent, refused, missing });
}

async function drop({ scope, servers, readFields }: Administered): Promise<Response> {
  expectInScope(scope, EVERY_SITE);
  const { ids, ...others } = await readFields();
  expectNone(others, "ids");
  const { dropped, begun, missing } = await dropDeadLetters(servers.database, idsIn(ids));
  return Response.json({ dropped: dropped.length, begun, missing });
}

function letterJson(letter: ShownDeadLetter): object {
  const { id, stream, entryId, reason, deliveries, diedAt, fields, retryFields } = letter;
  return {
    id,
    stream,
    entry_id: entryId,
    reason,
    deliveries,
    set_aside_at: diedAt,
    fields,
    retry_fields: retryFields,
  };
}

/** @throws InvalidFieldsError. */
function idsIn(ids: unknown): readonly string[] {
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > LETTERS_MAX) {
    const came = Array.isArray(ids) ? `${ids.length}` : describeValue(ids);
    throw new InvalidFieldsError({
      ids: `Expected ids to be a list of 1 to ${LETTERS_MAX} ids of dead letters, got ${came}`,
    });
  }
  return [...new Set(ids.map((id: unknown) => expectId("ids", id)))];
}

/** @throws InvalidFieldsError. */
function expectId(name: string, id: unknown): string {
  if (typeof id === "string" && ID.test(id)) return id;
  const problem = `Expected ${name} to have the id of a dead letter, a string of digits, got ${describeValue(id)}`;
  throw new InvalidFieldsError({ [name]: problem });
}

/** @throws InvalidFieldsError. */
function correctionsIn(set: unknown, ids: readonly string[]): Corrections {
  if (!isObject(set)) {
    throw wrongCorrections(`Expected corrections to be an object, got ${describeValue(set)}`);
  }
  if ("event_id" in set && ids.length > 1) {
    const why = "events with the same one count once";
    throw wrongCorrections(
      `Expected event_id for one dead letter at a time, since ${why}, got ${ids.length}`,
    );
  }
  return Object.fromEntries(Object.entries(set).map(correctionIn));
}

function correctionIn([name, value]: [string, unknown]): [string, string] {
  if (!CORRECTABLE_FIELDS.includes(name)) {
    const names = CORRECTABLE_FIELDS.join(", ");
    throw wrongCorrections(`Expected corrections of ${names}, got ${describeValue(name)}`);
  }
  if (typeof value === "string") return [name, value];
  const came = describeValue(value);
  throw wrongCorrections(`Expected the correction of ${name} to be a string, got ${came}`);
}

function wrongCorrections(problem: string): InvalidFieldsError {
  return new InvalidFieldsError({ corrections: problem });
}

/** @throws InvalidFieldsError. */
function expectNone(others: Readonly<Record<string, unknown>>, known: string): void {
  const [other] = Object.keys(others);
  if (other === undefined) return;
  throw new InvalidFieldsError({ [other]: `Expected only ${known}, got ${describeValue(other)}` });
}
