import { beforeAll, describe, expect, test } from "bun:test";
import { ask, sendEvent } from "../support/api-client.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const DAYS = "from=2026-01-15&to=2026-01-16";

beforeAll(async () => {
  for (const [site_id, user_id] of [
    ["a.example", "u"],
    ["a.example", "v"],
    ["b.example", "u"],
  ]) {
    const event = sampleBody({ site_id, user_id, event_id: Bun.randomUUIDv7() });
    expect((await sendEvent(file.engine, event)).status).toBe(202);
  }
  await untilDrained(file.servers);
}, TIMEOUT_MS);

test("sites are compared by days", async () => {
  const { status, body } = await ask(file.engine, `/sites/overview?${DAYS}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    total_sites: 2,
    distributed: false,
    date_range: ["2026-01-15", "2026-01-16"],
    pending: 0,
    sites: [
      { site_id: "a.example", events: 2, events_before: 0, daily_visitors: [2, 0] },
      { site_id: "b.example", events: 1, events_before: 0, daily_visitors: [1, 0] },
    ],
  });
});

test("a list of sites names the next page", async () => {
  const first = await ask(file.engine, "/sites/readable?limit=1");
  expect(first.body).toEqual({
    sites: [{ site_id: "a.example", name: "", time_zone: "UTC", first_date: "2026-01-15" }],
    next: "a.example",
  });
  const last = await ask(file.engine, "/sites/readable?limit=1&after=a.example");
  expect(last.body).toMatchObject({ sites: [{ site_id: "b.example" }] });
  expect(last.body).not.toHaveProperty("next");
});

describe("the overview refuses", () => {
  test.each([
    ["from=2026-01-15", "to"],
    ["from=2026-02-30&to=2026-03-01", "from"],
    ["from=2026-01-15&to=2026-01-14", "to"],
    ["from=2024-01-15&to=2026-01-14", "to"],
    [`${DAYS}&sort=views`, "sort"],
    [`${DAYS}&limit=101`, "limit"],
    [`${DAYS}&offset=-1`, "offset"],
  ])("%s", async (query, field) => {
    const { status, body } = await ask(file.engine, `/sites/overview?${query}`);
    expect(status).toBe(422);
    expect(Object.keys(body["fields"] as object)).toEqual([field]);
  });
});

test("searches of all sites leave connections to others", async () => {
  const release = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const locking = file.servers.sql.begin(async (tx) => {
    await tx`LOCK TABLE sites IN ACCESS EXCLUSIVE MODE`;
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  const searches = Array.from({ length: 40 }, async (_, n) => {
    const { status, body } = await ask(file.engine, `/sites/overview?${DAYS}&search=s${n}`);
    return { status, error: body["error"] };
  });
  // Those that wait for the table keep the others out.
  const refused = await Promise.any(
    searches.map(async (search) => {
      const answer = await search;
      if (answer.error !== "reads_overloaded") throw new Error(String(answer.error));
      return answer;
    }),
  );
  expect(refused.status).toBe(503);
  release.resolve();
  await locking;
  await Promise.all(searches);
});
