import {
  findWeaknesses,
  readSettings,
  type Weakness,
} from "../../stream/inspect/redis-settings.ts";
import type { StoringContext } from "../storing-context.ts";

/** Returns a check that logs changes of the settings with which Redis may lose events. The start has logged their first state. */
export function watchSettings({
  redis,
  log,
}: Pick<StoringContext, "redis" | "log">): () => Promise<void> {
  let before: readonly Weakness[] | undefined;
  return async () => {
    const settings = await readSettings(redis);
    if (settings === undefined) return;
    const now = findWeaknesses(settings);
    const { appeared, ended } = changesOf(before ?? now, now);
    before = now;
    for (const { setting, value, warning, remedy, losesAll } of appeared) {
      if (losesAll) log.error({ [setting]: value, remedy }, warning);
      else log.warn({ [setting]: value }, warning);
    }
    for (const { setting } of ended) {
      log.info({ [setting]: settings.get(setting) }, "Redis setting is safe again");
    }
  };
}

function changesOf(before: readonly Weakness[], now: readonly Weakness[]) {
  return {
    appeared: now.filter(
      ({ setting, value }) => !before.some((old) => old.setting === setting && old.value === value),
    ),
    ended: before.filter(({ setting }) => !now.some((weak) => weak.setting === setting)),
  };
}
