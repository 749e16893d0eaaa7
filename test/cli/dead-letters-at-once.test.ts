import { beforeEach, describe, expect, test } from "bun:test";
import { dropDeadLetters } from "../../src/administer/dead-letters/drop.ts";
import { type RetryTally, sendAgain } from "../../src/administer/dead-letters/send-again.ts";
import { Database } from "../../src/store/database.ts";
import { deadLetterIds } from "../../src/store/dead-letters.ts";
import { setAside } from "../support/dead-letters.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream: string;
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`DELETE FROM dead_events`;
});

async function letters(count: number): Promise<readonly string[]> {
  const { event_id: _, ...fields } = sampleBody() as Record<string, string>;
  const fieldsOfEach = Array.from({ length: count }, (__, number) => ({
    ...fields,
    path: `/${number}`,
    timestamp: "yesterday",
  }));
  return await setAside(file, fieldsOfEach, { stream });
}

function correctionsTo(siteId: string) {
  return { site_id: siteId, timestamp: "2026-01-15T09:30:00Z" };
}

async function retry(
  ids: readonly string[],
  corrections: Readonly<Record<string, string>>,
  database: Database = file.database,
): Promise<RetryTally> {
  const tally: RetryTally = { sent: 0, refused: 0, firstRefused: [], missingIds: [] };
  const { redis } = redisOfFile;
  const shards = [{ redis, key: { stream, group: "group" } }];
  await sendAgain({ database, shards }, { ids, corrections, nowMs: Date.now(), tally });
  return tally;
}

/** The events that count: an event is known by its site and id. */
async function sentEvents(): Promise<readonly { readonly path: string; readonly key: string }[]> {
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  const found = new Map<string, { path: string; key: string }>();
  for (const [, flat] of entries) {
    const field = (name: string): string => flat[flat.indexOf(name) + 1] ?? "";
    const key = `${field("site_id")} ${field("event_id")}`;
    found.set(key, { path: field("path"), key });
  }
  return [...found.values()];
}

type Cut = "before it begins" | "before its commit" | "after its commit";

/** Is killed at one of its transactions. */
class KilledDatabase extends Database {
  readonly #at: { readonly transaction: number; readonly cut: Cut };
  #transactions = 0;

  constructor(at: { readonly transaction: number; readonly cut: Cut }) {
    super({ url: file.url, connectionsMax: 1 });
    this.#at = at;
  }

  override async transaction<Result>(
    ...[deadlineMs, work]: Parameters<typeof Database.prototype.transaction<Result>>
  ): Promise<Result> {
    this.#transactions += 1;
    const cut = this.#transactions === this.#at.transaction ? this.#at.cut : undefined;
    const killed = new Error("killed");
    if (cut === "before it begins") throw killed;
    const result = await super.transaction(deadlineMs, async (tx) => {
      const done = await work(tx);
      if (cut === "before its commit") throw killed;
      return done;
    });
    if (cut === "after its commit") throw killed;
    return result;
  }
}

describe("a retry killed at its transaction", () => {
  test.each([
    [1, "before it begins"],
    [1, "before its commit"],
    [1, "after its commit"],
    [2, "before it begins"],
    [2, "before its commit"],
    [2, "after its commit"],
  ] as const)("%d %s counts once, whoever goes on", async (transaction, cut) => {
    const ids = await letters(3);
    const killed = new KilledDatabase({ transaction, cut });
    const first = retry(ids, correctionsTo("first.example"), killed);
    expect(await rejectionOf(first)).toMatchObject({ message: "killed" });
    await killed.close(1_000);
    const dropped = await dropDeadLetters(file.database, ids.slice(0, 1));
    const other = await retry(ids, correctionsTo("other.example"));
    const last = await retry(ids, {});
    const done = other.sent + last.sent;
    const events = await sentEvents();
    expect(await deadLetterIds(file.database)).toEqual([]);
    // An event is sent once, or dropped and never sent.
    expect(events.map(({ path }) => path).toSorted()).toEqual(
      ["/0", "/1", "/2"].slice(dropped.dropped.length),
    );
    const hasBegun = transaction === 2 || cut === "after its commit";
    const isOver = transaction === 2 && cut === "after its commit";
    const site = hasBegun ? "first.example" : "other.example";
    expect(events.filter(({ key }) => key.startsWith(`${site} `))).toHaveLength(events.length);
    expect(dropped.begun).toHaveLength(hasBegun && !isOver ? 1 : 0);
    expect(done).toBe(isOver ? 0 : 3 - dropped.dropped.length);
  });
});

describe("people who correct the same dead letters at once", () => {
  test("count each event once", async () => {
    const ids = await letters(150);
    const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url };
    const correct = async (siteId: string) =>
      await runQueueflow(
        ["dead-letters", "retry", ...ids]
          .concat("--set", `site_id=${siteId}`)
          .concat("--set", "timestamp=2026-01-15T09:30:00Z"),
        { env },
      );
    const sites = ["a.example", "b.example", "c.example"];
    await Promise.all(sites.map(correct));
    const events = await sentEvents();
    expect(events).toHaveLength(150);
    expect(new Set(events.map(({ path }) => path)).size).toBe(150);
    expect(await deadLetterIds(file.database)).toEqual([]);
  });

  test("count none that another drops, and drop none that counts", async () => {
    const ids = await letters(150);
    const [tally, outcome] = await Promise.all([
      retry(ids, correctionsTo("a.example")),
      dropDeadLetters(file.database, ids),
    ]);
    expect(await sentEvents()).toHaveLength(150 - outcome.dropped.length);
    expect(tally.sent).toBe(150 - outcome.dropped.length);
    expect(await deadLetterIds(file.database)).toEqual([]);
  });

  test("are told which retry has begun", async () => {
    const [id = ""] = await letters(1);
    const killed = new KilledDatabase({ transaction: 2, cut: "before it begins" });
    await rejectionOf(retry([id], correctionsTo("a.example"), killed));
    await killed.close(1_000);
    const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url };
    const command = async (...args: readonly string[]) =>
      await runQueueflow(["dead-letters", ...args], { env });
    const shown = await command("show", id);
    expect(shown.stdout).toContain("A retry has begun, with the fields\n");
    expect(shown.stdout).toContain('site_id: "a.example"');
    const dropped = await command("drop", id, "--yes");
    expect(dropped).toMatchObject({ exitCode: 1, stdout: "Dropped 0 dead letters.\n" });
    expect(dropped.stderr).toContain(`complete it with \`queueflow dead-letters retry ${id}\``);
    const other = await command("retry", id, "--set", "site_id=b.example");
    expect(other.stdout).toContain("A retry with other values has begun");
    expect((await command("retry", id)).stdout).toContain("Sent 1 dead letter");
    expect((await sentEvents()).map(({ key }) => key.split(" ")[0])).toEqual(["a.example"]);
  });
});
