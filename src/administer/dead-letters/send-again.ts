import { QueueFlowError } from "../../errors.ts";
import type { Database, Transaction } from "../../store/database.ts";
import {
  deleteLockedLetters,
  keepRetryFields,
  lockDeadLetters,
  type StoredDeadLetter,
} from "../../store/dead-letters.ts";
import { QUERY_DEADLINE_MS } from "../../store/deadlines.ts";
import { appendEntry } from "../../stream/append-entry.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { isShardOf } from "../../stream/shards/shard-streams.ts";
import { type Corrections, whyNotSendable } from "./corrections.ts";
import { fieldsToSend } from "./fields-to-send.ts";
import { pagesOf } from "./pages-of.ts";

/** Further refusals are only counted. */
const REFUSALS_KEPT_MAX = 20;
const OTHER_RETRY =
  "A retry with other values has begun, and may have sent them: retry it without corrections to complete that one";

/** The progress of a retry, also when it fails. */
export interface RetryTally {
  sent: number;
  refused: number;
  readonly firstRefused: { readonly id: string; readonly why: string }[];
  readonly missingIds: string[];
}

export interface SendAgainServers {
  readonly database: Database;
  readonly shards: readonly ShardConnection[];
  /** That must have an entry before its dead letter is deleted; 0 by default. */
  readonly replicasMin?: number;
}

export interface SendAgainOptions {
  readonly ids: readonly string[];
  readonly corrections: Corrections;
  readonly nowMs: number;
  readonly tally: RetryTally;
}

/**
 * Appends the fields of dead letters to their streams, and deletes each dead letter once Redis has the entry. The fields are kept with
 * the dead letter first: the next retry after an interruption sends the same event, which counts once by its `event_id`. One that
 * cannot be stored, or of which others retry other fields, is refused and remains.
 */
export async function sendAgain(
  servers: SendAgainServers,
  options: SendAgainOptions,
): Promise<void> {
  const { database } = servers;
  const { ids, tally } = options;
  for (const page of pagesOf(ids)) {
    const begun = await database.transaction(
      QUERY_DEADLINE_MS,
      async (tx) => await begin(tx, page, options),
    );
    const refused = new Set(begun.refusals.map(({ id }) => id));
    tally.refused += refused.size;
    tally.firstRefused.push(
      ...begun.refusals.slice(0, REFUSALS_KEPT_MAX - tally.firstRefused.length),
    );
    const sent = await database.transaction(
      QUERY_DEADLINE_MS,
      async (tx) => await complete(tx, servers, begun.ids),
    );
    tally.sent += sent.size;
    // Others may have sent some since.
    tally.missingIds.push(...page.filter((id) => !refused.has(id) && !sent.has(id)));
  }
}

interface BegunRetries {
  readonly ids: readonly string[];
  readonly refusals: readonly { readonly id: string; readonly why: string }[];
}

async function begin(
  tx: Transaction,
  page: readonly string[],
  { corrections, nowMs }: SendAgainOptions,
): Promise<BegunRetries> {
  const retries = (await lockDeadLetters(tx, page)).map((letter) => {
    const fields = fieldsToSend(letter, corrections);
    const why =
      letter.retryFields === null
        ? whyNotSendable(fields, { corrections, nowMs })
        : whyOther(letter.retryFields, { fields, corrections });
    return { letter, fields, why };
  });
  const accepted = retries.filter(({ why }) => why === undefined);
  await keepRetryFields(
    tx,
    accepted
      .filter(({ letter }) => letter.retryFields === null)
      .map(({ letter: { id }, fields }) => ({ id, retryFields: fields })),
  );
  return {
    ids: accepted.map(({ letter }) => letter.id),
    refusals: retries.flatMap(({ letter: { id }, why }) =>
      why === undefined ? [] : [{ id, why }],
    ),
  };
}

/** Without corrections, a retry completes the one that has begun. */
function whyOther(
  begun: NonNullable<StoredDeadLetter["retryFields"]>,
  { fields, corrections }: Pick<SendAgainOptions, "corrections"> & { readonly fields: object },
): string | undefined {
  if (Object.keys(corrections).length === 0) return undefined;
  return JSON.stringify(fields) === JSON.stringify(begun) ? undefined : OTHER_RETRY;
}

/** Locks the dead letters, so that concurrent retries append each entry once. */
async function complete(
  tx: Transaction,
  { shards, replicasMin }: SendAgainServers,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const letters = await lockDeadLetters(tx, ids);
  await Promise.all(
    letters.map(async ({ stream, retryFields }) => {
      const target = targetOf(stream, shards);
      if (target === undefined) throw new QueueFlowError("internal", "A stream without a shard");
      await appendEntry(target.redis, {
        stream: target.stream,
        fields: retryFields ?? {},
        replicasMin,
      });
    }),
  );
  const sent = letters.map(({ id }) => id);
  await deleteLockedLetters(tx, sent);
  return new Set(sent);
}

/** Where a dead letter of a stream goes: to it, unless it is a shard that the engine no longer has. */
function targetOf(stream: string, shards: readonly ShardConnection[]) {
  const [first] = shards;
  const own = shards.find(({ key }) => key.stream === stream);
  if (own !== undefined) return { redis: own.redis, stream };
  if (first === undefined) return undefined;
  const isFormer = isShardOf(first.key.stream, stream);
  return { redis: first.redis, stream: isFormer ? first.key.stream : stream };
}
