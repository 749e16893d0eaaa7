import { describe, expect, test } from "bun:test";
import { VARIABLES } from "../../src/config/variables.ts";
import { SHARDS_MAX, shardStreams, shardsOfThread } from "../../src/stream/shards/shard-streams.ts";

const SLOTS = 16_384;

/** As the specification of Redis Cluster defines it: CRC16 of the XMODEM kind, of what is between the first braces. */
function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
      crc &= 0xffff;
    }
  }
  return crc % SLOTS;
}

/** How many of the shards each of the masters holds, whose slots are divided as `redis-cli --cluster create` does. */
function shardsOfMasters(shards: number, masters: number): readonly number[] {
  const counts = Array.from({ length: masters }, () => 0);
  for (const stream of shardStreams({ stream: "events_stream", shards })) {
    const slot = slotOf(stream);
    let master = 0;
    while (slot > Math.round((master + 1) * (SLOTS / masters) - 1)) master += 1;
    counts[master] = (counts[master] ?? 0) + 1;
  }
  return counts;
}

function divisors(shards: number, mastersMax: number): readonly number[] {
  return Array.from({ length: mastersMax }, (_, i) => i + 1).filter((n) => shards % n === 0);
}

describe("the streams of shards", () => {
  test("keep their names when their number changes", () => {
    const all = shardStreams({ stream: "events_stream", shards: SHARDS_MAX });
    expect(new Set(all).size).toBe(SHARDS_MAX);
    for (let shards = 1; shards <= SHARDS_MAX; shards += 1) {
      expect(shardStreams({ stream: "events_stream", shards })).toEqual(all.slice(0, shards));
    }
    expect(all.slice(0, 3)).toEqual(["events_stream", "events_stream:{ha}", "events_stream:{h1}"]);
    expect(SHARDS_MAX).toBe(VARIABLES.REDIS_SHARDS.max);
  });

  test("are spread evenly over the masters of a cluster", () => {
    expect(slotOf("123456789")).toBe(0x31c3 % SLOTS);
    for (let shards = 1; shards <= 16; shards += 1) {
      for (const masters of divisors(shards, shards)) {
        expect(new Set(shardsOfMasters(shards, masters))).toEqual(new Set([shards / masters]));
      }
    }
    for (const shards of [20, 24, 32, 48, 64]) {
      for (const masters of divisors(shards, 16)) {
        expect(new Set(shardsOfMasters(shards, masters))).toEqual(new Set([shards / masters]));
      }
    }
  });
});

test.each([
  [4, 2],
  [2, 4],
  [3, 3],
  [5, 2],
  [1, 3],
  [3, 1],
])("of %i shards, each has a thread of %i", (shards, threads) => {
  const streams = shardStreams({ stream: "events_stream", shards });
  const read = Array.from({ length: threads }, (_, index) =>
    shardsOfThread(streams, { index, threads }),
  );
  expect(new Set(read.flat())).toEqual(new Set(streams));
  for (const own of read) expect(own.length).toBeGreaterThan(0);
});
