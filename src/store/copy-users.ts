import type { Rollup } from "../event/rollup.ts";
import { arrayLiteral } from "./array-literal.ts";
import { BinaryRows } from "./binary-rows.ts";
import type { Transaction } from "./database.ts";

/**
 * Held by who copies users from before the look for those who are there until the transaction ends, so that no other adds
 * those who are not. Large batches waited for each other before, too, since they share users and paths. Any number will
 * do that no other program locks: the bytes of "QFus".
 */
const COPY_LOCK = 0x51467573;

/**
 * Does what `insertUsers` does, at half of the cost: the users of a day who are there already are found in one walk
 * through the index, and the others are written page by page. A user whom `insertUsers` has added meanwhile fails the
 * transaction, see `isNotByCopy`.
 */
export async function copyUsers(tx: Transaction, rollup: Rollup): Promise<readonly number[]> {
  await tx`SELECT pg_advisory_xact_lock(${COPY_LOCK})`;
  const known = await findKnownUsers(tx, rollup);
  const rows = new BinaryRows();
  const counts = rollup.map(({ siteId, date, users }, day) => {
    const knownOfDay = known[day];
    const fresh = knownOfDay === undefined ? users : users.filter((id) => !knownOfDay.has(id));
    for (const userId of fresh) rows.row(3).text(siteId).date(date).text(userId);
    return fresh.length;
  });
  if (counts.some((count) => count > 0)) {
    await tx.unsafe(
      `COPY daily_site_users (site_id, date, user_id) FROM STDIN (FORMAT binary, ENCODING 'UTF8')`,
      [],
      { copy: rows.end() },
    );
  }
  return counts;
}

/**
 * The users who are in the table, by the days of the rollup. As an array the rows of a day can be found in no other way than
 * by the index; of a join, the planner may read the whole table.
 */
async function findKnownUsers(
  tx: Transaction,
  rollup: Rollup,
): Promise<readonly (ReadonlySet<string> | undefined)[]> {
  const rows = await tx`
    SELECT day::int - 1, unnest(ARRAY(
      SELECT users.user_id FROM daily_site_users AS users
      WHERE users.site_id = batch.site_id AND users.date = batch.date::date
        AND users.user_id = ANY (batch.user_ids::text[])
    ))
    FROM unnest(
      ${rollup.map(({ siteId }) => siteId)}::text[],
      ${rollup.map(({ date }) => date)}::text[],
      ${rollup.map(({ users }) => arrayLiteral(users))}::text[]
    ) WITH ORDINALITY AS batch (site_id, date, user_ids, day)
  `.values();
  const known: (Set<string> | undefined)[] = [];
  for (const [day, userId] of rows) (known[day] ??= new Set()).add(userId);
  return known;
}
