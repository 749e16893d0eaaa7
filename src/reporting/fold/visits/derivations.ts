import { channelOf } from "../../query/acquisition/channel.ts";
import { sourceOf } from "../../query/acquisition/source.ts";
import type { Derivation } from "./derived-ids.ts";

export const SOURCE: Omit<Derivation, "ids"> = {
  columns: ["referrer", "hostname", "utm_source"],
  derive: ([referrer = null, hostname = null, utmSource = null]) =>
    sourceOf({ referrer, hostname, utmSource }),
};

export const CHANNEL: Omit<Derivation, "ids"> = {
  columns: ["referrer", "hostname", "utm_source", "utm_medium", "utm_campaign"],
  derive: ([
    referrer = null,
    hostname = null,
    utmSource = null,
    utmMedium = null,
    utmCampaign = null,
  ]) =>
    channelOf({
      source: sourceOf({ referrer, hostname, utmSource }),
      utmSource,
      utmMedium,
      utmCampaign,
    }),
};
