import type { Database } from "../database.ts";
import { WATCH_DEADLINE_MS } from "../deadlines.ts";

interface StateKey {
  readonly stream: string;
  readonly group: string;
}

/** Returns JSON. */
export async function readStreamState(
  database: Database,
  { stream, group }: StateKey,
): Promise<string | undefined> {
  return await database.query(WATCH_DEADLINE_MS, async (sql) => {
    const [row] = await sql`
      SELECT state::text AS state FROM stream_states
      WHERE stream = ${stream} AND consumer_group = ${group}
    `;
    return row === undefined ? undefined : String(row["state"]);
  });
}

/** Saves JSON, unless another process has saved that of a later stream. */
export async function saveStreamState(
  database: Database,
  { stream, group }: StateKey,
  { epoch, state }: { epoch: string; state: string },
): Promise<void> {
  await database.query(
    WATCH_DEADLINE_MS,
    async (sql) =>
      await sql`
      INSERT INTO stream_states AS saved (stream, consumer_group, epoch, state)
      VALUES (${stream}, ${group}, ${epoch}, (${state}::text)::json)
      ON CONFLICT (stream, consumer_group) DO UPDATE
      SET epoch = excluded.epoch, state = excluded.state, saved_at = now()
      WHERE saved.epoch <= excluded.epoch
    `,
  );
}
