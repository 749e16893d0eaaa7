import { describe, expect, test } from "bun:test";
import { FairReads, restAfter } from "../../src/http/fair-reads.ts";
import type { SiteStats, StatsQuery } from "../../src/store/reports/read-stats.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const PATHS = ["/a", "/b", "/c"];

/** The result of the nth read. */
function statsOf({ siteId, date, pathsMax }: StatsQuery, nth: number): SiteStats {
  const topPaths = PATHS.slice(0, pathsMax).map((path) => ({ path, views: 1 }));
  return { site_id: siteId, date, total_views: nth, unique_users: 1, top_paths: topPaths };
}

/** Reads that the test ends, in the order in which they began. */
function heldReads(runningMax: number, restMs = 0) {
  const begun: { readonly query: StatsQuery; readonly end: (error?: Error) => void }[] = [];
  const reads = new FairReads({
    runningMax,
    restMs: () => restMs,
    read: async (query) =>
      await new Promise((resolve, reject) => {
        const nth = begun.length + 1;
        begun.push({
          query,
          end: (error) => (error === undefined ? resolve(statsOf(query, nth)) : reject(error)),
        });
      }),
  });
  const ask = async (siteId: string, date = "2026-01-15", pathsMax = 1) =>
    await reads.ask({ siteId, date, pathsMax });
  const sites = () => begun.map(({ query }) => query.siteId).join("");
  return { begun, ask, sites };
}

describe("reads of site days", () => {
  test("equal questions share one read, whatever their limit", async () => {
    const { begun, ask } = heldReads(2);
    const first = ask("a");
    const others = [1, 3, 2, 1].map(async (pathsMax) => await ask("a", "2026-01-15", pathsMax));
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    expect((await first).top_paths).toHaveLength(1);
    expect(begun.map(({ query }) => query.pathsMax)).toEqual([1, 3]);
    begun[1]?.end();
    const lengths = (await Promise.all(others)).map(({ top_paths }) => top_paths.length);
    expect(lengths).toEqual([1, 3, 2, 1]);
    expect(begun).toHaveLength(2);
  });

  test("a question never gets a read that began earlier", async () => {
    const { begun, ask } = heldReads(1);
    const first = ask("a");
    const later = ask("a");
    begun[0]?.end();
    begun[1]?.end();
    expect((await first).total_views).toBe(1);
    begun[1]?.end();
    expect((await later).total_views).toBe(2);
  });

  test("sites take turns with one read at a time each", async () => {
    const { begun, ask, sites } = heldReads(2);
    const dates = ["2026-01-01", "2026-01-02", "2026-01-03"];
    const answers = [...dates.map(async (date) => await ask("a", date)), ask("b"), ask("c")];
    expect(sites()).toBe("ab");
    for (let done = 0; done < answers.length; done += 1) {
      begun[done]?.end();
      await Bun.sleep(0);
    }
    await Promise.all(answers);
    expect(sites()).toBe("abcaa");
  });

  test("a site rests after a read while others read", async () => {
    const { begun, ask, sites } = heldReads(2, 50);
    const first = ask("a");
    const second = ask("a");
    const other = ask("b");
    begun[0]?.end();
    await first;
    expect(sites()).toBe("ab");
    begun[1]?.end();
    await other;
    await eventually(() => expect(sites()).toBe("aba"));
    begun[2]?.end();
    await second;
  });

  test.each([
    [1.9, false, 0],
    [1.9, true, 10],
    [4, true, 12],
    [1_000, false, 100],
  ])("after %p ms, asked again: %p, a site rests %p ms", (tookMs, isAskedAgain, restMs) => {
    expect(restAfter(tookMs, isAskedAgain)).toBe(restMs);
  });

  test("a failed read fails its own questions only", async () => {
    const { begun, ask } = heldReads(2);
    const failed = ask("a");
    const other = ask("b");
    const later = ask("a");
    begun[0]?.end(new Error("failed"));
    expect(await rejectionOf(failed)).toEqual(new Error("failed"));
    begun[1]?.end();
    begun[2]?.end();
    expect((await other).site_id).toBe("b");
    expect((await later).site_id).toBe("a");
  });

  test("the site with the most waiting reads is refused first", async () => {
    const { begun, ask } = heldReads(1);
    const day = (number: number) => `2026-${String(number).padStart(4, "0")}`;
    const ofGreedy = Array.from({ length: 65 }, async (_, number) => await ask("a", day(number)));
    const outcomes = Promise.allSettled(ofGreedy);
    expect(await rejectionOf(ask("a", "2027-01-01"))).toMatchObject({ code: "reads_overloaded" });
    const modest = ask("b");
    expect(await rejectionOf(ofGreedy[64] ?? modest)).toMatchObject({ code: "reads_overloaded" });
    begun[0]?.end();
    await ofGreedy[0];
    expect(begun[1]?.query.siteId).toBe("b");
    for (let done = 1; done < 66; done += 1) {
      begun[done]?.end();
      await Bun.sleep(0);
    }
    await modest;
    expect((await outcomes).filter(({ status }) => status === "rejected")).toHaveLength(1);
  });
});
