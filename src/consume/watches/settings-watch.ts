import type { Log } from "../../log/log.ts";
import {
  findWeaknesses,
  readSettings,
  type Weakness,
} from "../../stream/inspect/redis-settings.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";

/** What a watch looks at. */
export interface SettingsWatchOptions {
  readonly redis: RedisConnection;
  readonly log: Log;
}

/**
 * Says once when a setting of Redis is changed so that it takes something away from the promise that a 202 outlives
 * its death, and once when it is changed back. What a setting takes away at the first look the start has said.
 */
export class SettingsWatch {
  readonly #options: SettingsWatchOptions;
  #weaknesses: readonly Weakness[] | undefined;

  constructor(options: SettingsWatchOptions) {
    this.#options = options;
  }

  /** Looks once; a Redis that does not tell its settings is as it was. */
  async look(): Promise<void> {
    const { redis, log } = this.#options;
    const settings = await readSettings(redis);
    if (settings === undefined) return;
    const before = this.#weaknesses;
    const now = findWeaknesses(settings);
    this.#weaknesses = now;
    if (before === undefined) return;
    for (const { setting, value, warning, remedy, losesAll } of now) {
      if (before.some((weak) => weak.setting === setting && weak.value === value)) continue;
      if (losesAll) log.error({ [setting]: value, remedy }, warning);
      else log.warn({ [setting]: value }, warning);
    }
    for (const { setting } of before) {
      const value = settings.get(setting);
      if (!now.some((weak) => weak.setting === setting)) {
        log.info({ [setting]: value }, "A setting of Redis takes nothing away any more");
      }
    }
  }
}
