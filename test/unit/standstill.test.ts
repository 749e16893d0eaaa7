import { expect, test } from "bun:test";
import { standstillMs } from "../../src/stream/inspect/standstill.ts";

test.each([
  { claimIdleMs: 1_000, ms: 60_000 },
  { claimIdleMs: 30_000, ms: 60_000 },
  { claimIdleMs: 45_000, ms: 90_000 },
  { claimIdleMs: 3_600_000, ms: 7_200_000 },
])("waits $ms ms for entries claimed after $claimIdleMs", ({ claimIdleMs, ms }) => {
  expect(standstillMs({ claimIdleMs })).toBe(ms);
});
