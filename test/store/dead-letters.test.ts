import { beforeEach, describe, expect, test } from "bun:test";
import {
  deadLetterIds,
  deleteDeadLetters,
  findDeadLetters,
  listDeadLetters,
} from "../../src/store/dead-letters.ts";
import { setAside } from "../support/dead-letters.ts";
import { useTestDatabase } from "../support/test-database.ts";

/** The largest id; no number holds it exactly. */
const HUGE_ID = "9223372036854775807";

const file = useTestDatabase();
let ids: readonly string[] = [];

beforeEach(async () => {
  await file.sql`DELETE FROM dead_events`;
  ids = await setAside(file, [{ a: "1" }, { b: "2" }, { c: "3" }]);
});

async function listed(lettersMax: number) {
  const { letters, total } = await listDeadLetters(file.database, { lettersMax });
  return { ids: letters.map(({ id }) => id), total };
}

describe("dead letters", () => {
  test("are listed newest first, with the number of all", async () => {
    expect(await listed(2)).toEqual({ ids: ids.slice(1).toReversed(), total: 3 });
    await file.sql`DELETE FROM dead_events`;
    expect(await listed(2)).toEqual({ ids: [], total: 0 });
  });

  test("are ordered by number, not by digits", async () => {
    await file.sql`UPDATE dead_events SET id = ${HUGE_ID} WHERE id = ${ids[0] ?? ""}`;
    expect((await listed(10)).ids).toEqual([HUGE_ID, ids[2], ids[1]] as string[]);
  });

  test("are found by id, oldest first, as they were set aside", async () => {
    const found = await findDeadLetters(file.database, [ids[2] ?? "", HUGE_ID, ids[0] ?? ""]);
    expect(found.map(({ id }) => id)).toEqual([ids[0], ids[2]] as string[]);
    expect(found[0]).toEqual({
      id: ids[0] ?? "",
      stream: "events_stream",
      entryId: expect.stringMatching(/^\d+-\d+$/),
      fields: { a: "1" },
      reason: "by a test",
      deliveries: 2,
      diedAt: expect.any(Date),
      retryFields: null,
    });
  });

  test("keep field names and values that JSON escapes", async () => {
    const fields = JSON.parse('{"__proto__":"\\u0000","":"\\ufffd"}') as Record<string, string>;
    const [id = ""] = await setAside(file, [fields]);
    const [found] = await findDeadLetters(file.database, [id]);
    expect(Object.entries(found?.fields ?? {})).toEqual(Object.entries(fields));
  });

  test("all have their ids returned, oldest first", async () => {
    expect(await deadLetterIds(file.database)).toEqual([...ids]);
  });

  test("are deleted once", async () => {
    const [, second = ""] = ids;
    expect(await deleteDeadLetters(file.database, [second, HUGE_ID])).toEqual([second]);
    expect(await deadLetterIds(file.database)).toEqual([ids[0], ids[2]] as string[]);
    expect(await deleteDeadLetters(file.database, [second])).toEqual([]);
  });
});
