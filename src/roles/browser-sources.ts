import { every } from "../async/every.ts";
import { AgentCache } from "../collect/agent-cache.ts";
import { CountryFile } from "../collect/country-file.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { errorText } from "../errors.ts";
import type { BrowserSources } from "../http/collect/browser-facts.ts";
import { Condition } from "../log/condition.ts";
import type { Log } from "../log/log.ts";

/** Operators renew their files once a week or a month. */
const REFRESH_INTERVAL_MS = 60_000;

export interface RunningSources {
  readonly sources: BrowserSources;
  readonly stop: () => Promise<void>;
}

/** A file of countries that cannot be read is a warning: the process has checked it at its start. */
export async function startBrowserSources(
  {
    geoipFile,
    countryHeader,
    respectsGpc,
  }: Pick<ConnectedConfig, "geoipFile" | "countryHeader" | "respectsGpc">,
  { log, refreshMs = REFRESH_INTERVAL_MS }: { readonly log: Log; readonly refreshMs?: number },
): Promise<RunningSources> {
  const countries = geoipFile === undefined ? undefined : new CountryFile(geoipFile);
  const refresh = countries && refresher(countries, log);
  await refresh?.();
  const stopping = new AbortController();
  const running = refresh && every(refreshMs, refresh, stopping.signal);
  return {
    sources: { agents: new AgentCache(), respectsGpc, countryHeader, countries },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** Returns a function that never rejects. */
function refresher(countries: CountryFile, log: Log): () => Promise<void> {
  const condition = new Condition(log, "GEOIP_FILE can be read again");
  return async () => {
    try {
      await countries.refresh();
      condition.recover();
    } catch (error) {
      const message = "GEOIP_FILE not read; what was read before stays in use, retrying";
      condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
    }
  };
}
