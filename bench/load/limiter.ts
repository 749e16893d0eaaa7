import { RateLimiterMemory } from "rate-limiter-flexible";
import { Limiter } from "../../src/access/limits/limiter.ts";
import { processMemory } from "../measure/process-memory.ts";

/**
 * Checks a million addresses once, then a few of them a million times, and prints the processor time of each check and the memory that all
 * addresses took. Run as `bun limiter.ts engine|rate-limiter-flexible`.
 */
const MILLION = 1_000_000;
const FEW = 1_024;
const LIMIT = { perSecond: 10_000, burst: 100_000 };
const DURATION_S = 10;

const addresses = Array.from(
  { length: MILLION },
  (_, i) => `10.${(i >>> 16) & 0xff}.${(i >>> 8) & 0xff}.${i & 0xff}`,
);
// A template is joined when it is first read.
if (new Set(addresses).size !== MILLION) throw new Error("Expected different addresses");
const isEngine = Bun.argv[2] === "engine";
const check = isEngine ? engineCheck() : libraryCheck();
Bun.gc(true);
const emptyMegabytes = processMemory(process.pid).residentMegabytes;
const newUs = await checkCostUs((i) => addresses[i] ?? "");
Bun.gc(true);
const megabytes = processMemory(process.pid).residentMegabytes - emptyMegabytes;
let knownUs = Number.NaN;
// The first round runs before compilation.
for (let round = 0; round < 2; round += 1) {
  knownUs = await checkCostUs((i) => addresses[i % FEW] ?? "");
}
console.log(JSON.stringify({ newUs, knownUs, megabytes }));
process.exit();

async function checkCostUs(addressOf: (i: number) => string): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < MILLION; i += 1) {
    const pending = check(addressOf(i));
    if (pending !== undefined) await pending;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MILLION;
}

function engineCheck(): (address: string) => undefined {
  const limiter = new Limiter({ address: { events: LIMIT, requests: undefined }, isShared: true });
  const event = [{ siteId: "example.com" }];
  return (address) => {
    const nowMs = performance.now();
    limiter.admitEvents({ address }, event, { nowMs, utcMs: nowMs });
  };
}

function libraryCheck(): (address: string) => Promise<unknown> {
  const limiter = new RateLimiterMemory({ points: LIMIT.burst, duration: DURATION_S });
  return async (address) => await limiter.consume(address);
}
