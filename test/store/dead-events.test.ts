import { beforeEach, describe, expect, test } from "bun:test";
import { deadEventIds } from "../../src/store/dead-letters/dead-event-ids.ts";
import { deleteDeadEvents } from "../../src/store/dead-letters/delete-dead-events.ts";
import { findDeadEvents } from "../../src/store/dead-letters/find-dead-events.ts";
import { listDeadEvents } from "../../src/store/dead-letters/list-dead-events.ts";
import { setAside } from "../support/dead-letters.ts";
import { useTestDatabase } from "../support/test-database.ts";

const file = useTestDatabase();
const NOWHERE = "9223372036854775807";

let ids: readonly string[];
beforeEach(async () => {
  await file.sql`DELETE FROM dead_events`;
  ids = await setAside(file, [{ a: "1" }, { b: "2" }, { c: "3" }]);
});

describe("listDeadEvents", () => {
  test("listDeadEvents answers the newest first, and how many there are, when there are more", async () => {
    const { events, total } = await listDeadEvents(file.database, { eventsMax: 2 });
    expect(events.map(({ id }) => id)).toEqual([ids[2], ids[1]] as string[]);
    expect(total).toBe(3);
  });

  test("listDeadEvents orders by number and not by digits when ids differ in length", async () => {
    await file.sql`UPDATE dead_events SET id = ${NOWHERE} WHERE id = ${ids[0] ?? ""}`;
    const { events } = await listDeadEvents(file.database, { eventsMax: 10 });
    expect(events.map(({ id }) => id)).toEqual([NOWHERE, ids[2], ids[1]] as string[]);
  });

  test("listDeadEvents answers nothing when nothing was set aside", async () => {
    await file.sql`DELETE FROM dead_events`;
    const list = await listDeadEvents(file.database, { eventsMax: 10 });
    expect({ ...list, events: [...list.events] }).toEqual({ events: [], total: 0 });
  });
});

describe("findDeadEvents", () => {
  test("findDeadEvents answers all that is known, oldest first, of those that are there", async () => {
    const found = await findDeadEvents(file.database, [ids[2] ?? "", NOWHERE, ids[0] ?? ""]);
    expect(found.map(({ id }) => id)).toEqual([ids[0], ids[2]] as string[]);
    expect(found[0]).toEqual({
      id: ids[0] ?? "",
      stream: "events_stream",
      entryId: expect.stringMatching(/^\d+-\d+$/),
      fields: { a: "1" },
      reason: "a test said so",
      deliveries: 2,
      diedAt: expect.any(Date),
    });
  });

  test("findDeadEvents answers the fields as they were when they are strange", async () => {
    const fields = JSON.parse('{"__proto__":"\\u0000","":"\\ufffd"}') as Record<string, string>;
    const [id = ""] = await setAside(file, [fields]);
    const [found] = await findDeadEvents(file.database, [id]);
    expect(Object.entries(found?.fields ?? {})).toEqual(Object.entries(fields));
  });
});

describe("deadEventIds", () => {
  test("deadEventIds answers every id, oldest first", async () => {
    expect(await deadEventIds(file.database)).toEqual([...ids]);
  });
});

describe("deleteDeadEvents", () => {
  test("deleteDeadEvents deletes those, and answers which were there", async () => {
    const deleted = await deleteDeadEvents(file.database, [ids[1] ?? "", NOWHERE]);
    expect(deleted).toEqual([ids[1] ?? ""]);
    expect(await deadEventIds(file.database)).toEqual([ids[0], ids[2]] as string[]);
    expect(await deleteDeadEvents(file.database, [ids[1] ?? ""])).toEqual([]);
  });
});
