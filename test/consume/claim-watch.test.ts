import { expect, test } from "bun:test";
import { watchClaims } from "../../src/consume/watches/claim-watch.ts";
import { claimIdle } from "../../src/stream/claim-idle.ts";
import { readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { deliverInTheFuture } from "../support/deliver-in-the-future.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const DAY_MS = 86_400_000;
const redisOfFile = useTestRedis();

test("a dead consumer's future deliveries can be taken over", async () => {
  const { redis } = redisOfFile;
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "dead" };
  const { log, records } = recordingLog();
  await ensureGroup(redis, key, log);
  const [first = "", second = "", third = ""] = await appendEntries(redis, key.stream, 3);
  await readNew(redis, key, { entriesMax: 3, blockMs: 1 });
  const deliveredAtMs = Date.now() - 5_000;
  const claim = async (id: string, consumer: string, atMs: number) =>
    await redis.call("XCLAIM", [key.stream, key.group, consumer, 0, id, "TIME", atMs, "JUSTID"]);
  const claimed = async () => {
    const options = { claimIdleMs: 1, cursor: "0-0", entriesMax: 10 };
    return (await claimIdle(redis, { ...key, consumer: "reclaimer" }, options)).entryIds;
  };
  for (const id of [first, second]) await claim(id, "dead", deliveredAtMs);
  await claim(third, "alive", deliveredAtMs + 1);
  await deliverInTheFuture(redis, key.stream, { timesMs: new Set([deliveredAtMs]), ms: DAY_MS });
  const check = watchClaims({ redis, key, log });
  await check();
  expect(await claimed()).toEqual([third]);
  // Another consumer takes one of them before the second check.
  await claim(second, "another", Date.now());
  await check();
  await eventually(async () => expect(await claimed()).toContain(first));
  const warnings = records.filter(({ level }) => level === "warn");
  expect(warnings).toMatchObject([{ fields: { entries: 1 } }]);
});
