import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { dailyUserId } from "../../../src/collect/daily-user-id.ts";
import { errorText } from "../../../src/errors.ts";
import { DAY_MS, HOUR_MS } from "../../../src/event/day.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
} from "../../../src/stream/redis/redis-connection.ts";
import { DailySalts } from "../../../src/stream/visitors/daily-salts.ts";
import { saltKey, saltsKey } from "../../../src/stream/visitors/salt-keys.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { connected, useTestRedis } from "../../support/test-stream.ts";

const here = useTestRedis();

/** Far ahead, so that Redis expires nothing by itself. Noon in UTC. */
const NOON_MS = Date.parse("2036-05-20T12:00:00Z");

let stream = "";
let nowMs = 0;
beforeEach(() => {
  stream = here.streamKey();
  nowMs = NOON_MS;
});
afterEach(async () => {
  const keys = await here.redis.keys(`${stream}:*`);
  if (keys.length > 0) await here.redis.del(keys);
});

function openThread(redis: RedisConnection = here.redis) {
  const { log, records } = recordingLog();
  const salts = new DailySalts(redis, { stream, log, nowMs: () => nowMs });
  const saltAt = async (atMs: number, timeZone = "UTC") =>
    (await salts.saltAt({ timeZone, atMs })).toString("hex");
  return { salts, saltAt, records };
}

const keyOf = (date: string, timeZone = "UTC") => saltKey(stream, { date, timeZone });

describe("threads", () => {
  test("share the salt that was made first", async () => {
    const threads = [openThread(), openThread(), openThread()];
    const salts = await Promise.all(threads.map(async ({ saltAt }) => await saltAt(nowMs)));
    expect(new Set(salts).size).toBe(1);
    expect(salts[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await openThread().saltAt(nowMs)).toBe(salts[0] ?? "");
  });

  test("share it with a thread whose clock is behind", async () => {
    const salt = await openThread().saltAt(nowMs);
    const behind = openThread();
    nowMs -= HOUR_MS;
    expect(await behind.saltAt(NOON_MS)).toBe(salt);
  });

  test("make one salt for requests that come at once", async () => {
    const { saltAt } = openThread();
    const salts = await Promise.all([saltAt(nowMs), saltAt(nowMs), saltAt(nowMs + 1)]);
    expect(new Set(salts).size).toBe(1);
  });

  test("answer at once what they hold", async () => {
    const { salts } = openThread();
    const moment = { timeZone: "UTC", atMs: nowMs };
    expect(salts.saltAt(moment)).toBeInstanceOf(Promise);
    await salts.saltAt(moment);
    expect(salts.saltAt(moment)).toBeInstanceOf(Buffer);
  });

  test("keep a salt for 25 hours after its date in its zone", async () => {
    const { saltAt } = openThread();
    await saltAt(Date.parse("2036-05-20T20:00:00Z"), "Asia/Kathmandu");
    expect(await here.redis.pexpiretime(keyOf("2036-05-21", "Asia/Kathmandu"))).toBe(
      Date.parse("2036-05-21T18:15:00Z") + 25 * HOUR_MS,
    );
  });

  test("reach yesterday's salt, and make it where nobody has", async () => {
    const one = openThread();
    const yesterday = await one.saltAt(nowMs - DAY_MS);
    expect(yesterday).not.toBe(await one.saltAt(nowMs));
    expect(await openThread().saltAt(nowMs - DAY_MS)).toBe(yesterday);
  });
});

describe("an hour before a date", () => {
  test("threads make its salt for the zones in use", async () => {
    const { salts, saltAt } = openThread();
    await saltAt(nowMs, "Europe/Berlin");
    nowMs = Date.parse("2036-05-20T20:59:59Z");
    await salts.keep();
    expect(await here.redis.exists(keyOf("2036-05-21", "Europe/Berlin"))).toBe(0);
    nowMs = Date.parse("2036-05-20T21:00:00Z");
    await salts.keep();
    expect(await here.redis.exists(keyOf("2036-05-21", "Europe/Berlin"))).toBe(1);
    const midnight = { timeZone: "Europe/Berlin", atMs: Date.parse("2036-05-20T22:00:00Z") };
    expect(salts.saltAt(midnight)).toBeInstanceOf(Buffer);
  });

  test("no thread makes one for a zone that fell out of use", async () => {
    const { salts, saltAt } = openThread();
    await saltAt(nowMs);
    for (const hours of [11, 35]) {
      nowMs = NOON_MS + hours * HOUR_MS;
      await salts.keep();
    }
    expect(await here.redis.exists(keyOf("2036-05-21"), keyOf("2036-05-22"))).toBe(1);
  });
});

test("a thread forgets a salt that has expired", async () => {
  const { salts } = openThread();
  const moment = { timeZone: "UTC", atMs: nowMs };
  await salts.saltAt(moment);
  nowMs = Date.parse("2036-05-22T00:59:59Z");
  await salts.keep();
  expect(salts.saltAt(moment)).toBeInstanceOf(Buffer);
  nowMs = Date.parse("2036-05-22T01:00:00Z");
  await salts.keep();
  expect(salts.saltAt(moment)).toBeInstanceOf(Promise);
});

describe("a salt that Redis lost", () => {
  test("comes back from a thread that holds it, with its expiry", async () => {
    const { salts, saltAt } = openThread();
    const salt = await saltAt(nowMs);
    const expiresAtMs = await here.redis.pexpiretime(keyOf("2036-05-20"));
    for (let times = 1; times <= 2; times += 1) {
      await here.redis.del(keyOf("2036-05-20"), saltsKey(stream));
      await salts.keep();
      expect(await openThread().saltAt(nowMs)).toBe(salt);
      expect(await here.redis.pexpiretime(keyOf("2036-05-20"))).toBe(expiresAtMs);
      expect(await here.redis.zscore(saltsKey(stream), keyOf("2036-05-20"))).toBe(
        String(expiresAtMs),
      );
    }
  });

  test("replaces one that a thread without it has made meanwhile", async () => {
    const old = openThread();
    const salt = await old.saltAt(nowMs);
    await here.redis.del(keyOf("2036-05-20"));
    nowMs += 1;
    const young = openThread();
    expect(await young.saltAt(nowMs)).not.toBe(salt);
    await young.salts.keep();
    await old.salts.keep();
    await young.salts.keep();
    expect(await young.saltAt(nowMs)).toBe(salt);
    expect(await old.saltAt(nowMs)).toBe(salt);
  });

  test("stays deleted once it has expired, whatever a thread's clock says", async () => {
    nowMs = Date.now() - 4 * DAY_MS;
    const { salts, saltAt } = openThread();
    await saltAt(nowMs);
    await salts.keep();
    expect(await here.redis.keys(`${stream}:*`)).toEqual([]);
  });
});

test("threads hold what they have while Redis is away", async () => {
  const away = openRedisConnection({ url: here.url, blockMs: 0 });
  await new Promise((resolve) => away.once("ready", resolve));
  const { salts, saltAt, records } = openThread(away);
  const today = await saltAt(nowMs);
  nowMs = Date.parse("2036-05-20T23:00:00Z");
  await salts.keep();
  const ended = new Promise((resolve) => away.once("end", resolve));
  away.disconnect();
  await ended;
  await salts.keep();
  nowMs = Date.parse("2036-05-21T00:00:00Z");
  expect(await saltAt(NOON_MS)).toBe(today);
  expect(await saltAt(nowMs)).not.toBe(today);
  const error = await rejectionOf(
    Promise.resolve(salts.saltAt({ timeZone: "UTC", atMs: nowMs + DAY_MS })),
  );
  expect(error).toMatchObject({ code: "stream_unavailable" });
  expect(records).toEqual([]);
});

describe("a Redis that refuses", () => {
  const USER = "without_scripts";
  afterAll(async () => void (await here.redis.call("ACL", "DELUSER", USER)));

  test("is logged once, and no error has the salt", async () => {
    const rules = ["on", "nopass", "~*", "+@all", "-set"];
    await here.redis.call("ACL", "SETUSER", USER, ...rules);
    const refused = await connected(here.url.replace("//", `//${USER}:x@`));
    const { salts, saltAt, records } = openThread(refused);
    const error = await rejectionOf(saltAt(nowMs));
    expect(error).toMatchObject({ code: "stream_unavailable" });
    // The driver's errors carry the arguments of their command.
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      expect(`${errorText(cause)} ${JSON.stringify(Object.entries(cause))}`).not.toMatch(
        /\.[\w-]{43}/,
      );
    }
    await here.redis.call("ACL", "SETUSER", USER, "+set");
    await saltAt(nowMs);
    await here.redis.call("ACL", "SETUSER", USER, "-mget");
    await salts.keep();
    await salts.keep();
    expect(records.map(({ sentence }) => sentence)).toEqual([
      "The salts of daily visitors could not be kept in Redis, retrying",
    ]);
    await closeRedisConnection(refused);
  });
});

test("a visitor has one id all local day, and another the next", async () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const threads = [openThread(), openThread()];
  const visit = { siteId: "shop.example", address: "203.0.113.7", userAgent: "Mozilla/5.0" };
  const minuteMs = 60_000;
  const pair = fc.record({
    timeZone: fc.constantFrom(...zones),
    one: fc.integer({ min: 0, max: 2 * 1_440 }),
    other: fc.integer({ min: 0, max: 2 * 1_440 }),
  });
  await fc.assert(
    fc.asyncProperty(pair, async ({ timeZone, one, other }) => {
      const calendar = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short" });
      const times = [one, other].map((minutes) => NOON_MS + minutes * minuteMs);
      const ids = await Promise.all(
        times.map(async (atMs, i) => {
          const salt = await threads[i]?.salts.saltAt({ timeZone, atMs });
          return dailyUserId({ ...visit, salt: salt ?? new Uint8Array() });
        }),
      );
      const [first, second] = times.map((atMs) => calendar.format(atMs));
      expect(ids[0] === ids[1]).toBe(first === second);
    }),
  );
});
