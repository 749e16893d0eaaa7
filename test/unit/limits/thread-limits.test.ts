import { expect, test } from "bun:test";
import { ThreadLimits } from "../../../src/accept/thread-limits.ts";
import { limitRulesOf } from "../../../src/access/limits/limit-rules.ts";
import { Limiter } from "../../../src/access/limits/limiter.ts";
import { rejectionOf } from "../../support/rejection-of.ts";

const DAY = "2026-01-15";
const QUOTA = "site:a";

test("waits for the total of a quota before it admits events", async () => {
  const limiter = new Limiter({
    address: { events: undefined, requests: undefined },
    isShared: false,
  });
  limiter.setRules(
    limitRulesOf({ keys: [], sites: [{ siteId: "a", limits: { events_per_day: 5 } }] }),
  );
  limiter.quotas.expect(limiter.quotaNames, DAY);
  const asked = Promise.withResolvers<void>();
  const limits = new ThreadLimits(limiter, {
    utcMs: () => Date.parse(DAY),
    readTotals: async () => await asked.promise,
  });
  const admitted = limits.admitEvents({ address: undefined }, [{ siteId: "a" }]);
  const flush = limiter.quotas.nextFlush(DAY);
  if (flush !== undefined) limiter.quotas.flushed(flush, new Map([[QUOTA, 5]]));
  asked.resolve();
  expect(await rejectionOf(admitted)).toMatchObject({ code: "quota_exhausted" });
});
