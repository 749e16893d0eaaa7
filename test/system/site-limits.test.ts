import { beforeAll, describe, expect, test } from "bun:test";
import { utcDate } from "../../src/event/day.ts";
import { quotaKey } from "../../src/stream/access/quota-counts.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type Answer, ask } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { untilDayIsLong } from "../support/one-day.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 120_000;
const DAY_S = 86_400;

const limited = useEngine({ INGEST_WORKERS: "1" });

async function queueflow(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runQueueflow(args, { env: limited.servers.env });
  expect(`${exitCode} ${stderr}`).toStartWith("0 ");
  return stdout;
}

interface Batch {
  readonly site: string;
  readonly events: number;
  readonly key?: string;
  readonly to?: Engine;
}

async function send({ site, events, key, to = limited.engine }: Batch): Promise<Answer> {
  const batch = Array.from({ length: events }, () =>
    sampleBody({ site_id: site, event_id: Bun.randomUUIDv7() }),
  );
  return await ask(to, "/events", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(batch),
  });
}

/** Waits until a batch is over the limit, which takes nothing from it. */
async function untilLimited(batch: Batch): Promise<void> {
  await eventually(async () => expect(await send(batch)).toMatchObject({ status: 413 }));
}

describe("limits of a site", () => {
  const site = "limited.example";
  beforeAll(async () => {
    const perSecond = ["--events-per-second", "1", "--requests-per-second", "1"];
    // In one change, so that none of them is in force without the others.
    await queueflow("sites", "add", site, ...perSecond, "--burst-seconds", "50");
    await untilLimited({ site, events: 51 });
  }, SERVERS_START_TIMEOUT_MS);

  test("hold for its events, and for those of no other", async () => {
    expect(await send({ site, events: 50 })).toMatchObject({ status: 202 });
    const { status, body, headers } = await send({ site, events: 50 });
    expect([status, body["error"]]).toEqual([429, "rate_limited"]);
    expect(body["message"]).toContain(`site ${site}`);
    expect(Number(headers.get("retry-after"))).toBeWithin(1, 51);
    expect(await send({ site: "other.example", events: 500 })).toMatchObject({ status: 202 });
  });

  test("hold for requests that read it", async () => {
    const read = async (siteId: string) =>
      await ask(limited.engine, `/stats?site_id=${siteId}&date=2026-01-15`);
    const statuses = await Promise.all(Array.from({ length: 60 }, () => read(site)));
    expect(statuses.map(({ status }) => status)).toContain(429);
    expect(await read("other.example")).toMatchObject({ status: 200 });
  });

  test("end when they are removed", async () => {
    await queueflow(
      "sites",
      "set",
      site,
      "--events-per-second",
      "none",
      "--requests-per-second",
      "none",
    );
    await eventually(async () => {
      expect(await send({ site, events: 500 })).toMatchObject({ status: 202 });
    });
  });
});

test(
  "limits of a key hold for what comes with it",
  async () => {
    const site = "keyed.example";
    const create = ["keys", "create", "--site", site, "--write", "--yes"] as const;
    const other = await queueflow(...create);
    // The last, so that the other one is known as well.
    const key = await queueflow(...create, "--events-per-second", "1", "--burst-seconds", "20");
    const [limitedKey, freeKey] = [key, other].map((text) => /qf_w_\w+/.exec(text)?.[0] ?? "");
    await untilLimited({ site, events: 21, key: limitedKey ?? "" });
    expect(await send({ site, events: 20, key: limitedKey ?? "" })).toMatchObject({ status: 202 });
    const refused = await send({ site, events: 20, key: limitedKey ?? "" });
    expect(refused).toMatchObject({ status: 429, body: { error: "rate_limited" } });
    expect(await send({ site, events: 500, key: freeKey ?? "" })).toMatchObject({ status: 202 });
  },
  TIMEOUT_MS,
);

test(
  "a quota holds for all processes, and across a restart",
  async () => {
    await untilDayIsLong();
    const site = "quota.example";
    await queueflow("sites", "add", site, "--events-per-day", "100");
    const { redis, key, env } = limited.servers;
    const expectExhausted = async (to: Engine) => {
      const { status, body, headers } = await send({ site, events: 20, to });
      expect([status, body["error"]]).toEqual([429, "quota_exhausted"]);
      expect(Number(headers.get("retry-after"))).toBeWithin(1, DAY_S + 1);
    };
    const counted = async () => {
      const [seconds] = await redis.time();
      return await redis.hget(
        quotaKey(key.stream, utcDate(Number(seconds) * 1_000)),
        `site:${site}`,
      );
    };
    const start = async () => await startEngine({ env: { ...env, INGEST_WORKERS: "2" } });

    await untilLimited({ site, events: 101 });
    expect(await send({ site, events: 90 })).toMatchObject({ status: 202 });
    await expectExhausted(limited.engine);
    await eventually(async () => expect(await counted()).toBe("90"));
    {
      await using second = await start();
      await untilLimited({ site, events: 101, to: second });
      await eventually(async () => await expectExhausted(second));
      expect(await send({ site, events: 1, to: second })).toMatchObject({ status: 202 });
      await second.stop();
    }
    // The stop has sent the last count.
    expect(await counted()).toBe("91");
    await eventually(async () => await expectExhausted(limited.engine));
    await using third = await start();
    await untilLimited({ site, events: 101, to: third });
    await eventually(async () => await expectExhausted(third));
    expect(await counted()).toBe("91");
  },
  TIMEOUT_MS,
);
