import type { SiteSnapshot, SnapshotDay } from "../snapshot/site-snapshot.ts";

/** Returns a snapshot that reads each day once, for several folds over a few days. */
export function keepingDays(snapshot: SiteSnapshot): SiteSnapshot {
  const days = new Map<string, Promise<SnapshotDay | undefined>>();
  return {
    ...snapshot,
    prefetch: async () => undefined,
    readDay: async (date) => {
      const reading = days.get(date) ?? snapshot.readDay(date);
      days.set(date, reading);
      return await reading;
    },
  };
}
