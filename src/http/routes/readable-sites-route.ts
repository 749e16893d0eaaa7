import { Elysia } from "elysia";
import { DEFAULT_TIME_ZONE } from "../../access/rules.ts";
import { SITE_ID_BYTES_MAX } from "../../event/limits.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import type { SiteSearch } from "../../store/reports/known-sites.ts";
import type { ReadableSite } from "../../store/reports/list-readable-sites.ts";
import { admitOwnReader } from "../access/admit-own-reader.ts";
import type { AccessParts } from "../access/identify.ts";
import type { LimitParts } from "../admit-client.ts";
import { describeReadableSites, READABLE_PARAMETERS } from "../openapi/describe-readable-sites.ts";
import { requiredText } from "./administration/required-text.ts";
import { integerIn } from "./integer-in.ts";
import { listingSites } from "./listing-sites.ts";
import { strictHandler } from "./strict-handler.ts";

const PATH = "/sites/readable";
const SITES_MAX = 10_000;

export interface ReadableSitesSources extends AccessParts, LimitParts {
  /** Rejects with an error of the database. */
  readonly listReadableSites: (
    search: SiteSearch & { readonly limit: number },
  ) => Promise<readonly ReadableSite[]>;
  readonly metrics: IngestMetrics;
}

export function readableSitesRoute(sources: ReadableSitesSources) {
  const { metrics } = sources;
  const route = { path: PATH, parameters: READABLE_PARAMETERS, metrics } as const;
  const answer = strictHandler(route, async (values, request) => {
    const only = await admitOwnReader(request, sources);
    const limit = integerIn("limit", values.get("limit"), {
      min: 1,
      max: SITES_MAX,
      absent: SITES_MAX,
    });
    const asked = textIn(values, "site_id");
    // A site that may not be read is as unknown as one that does not exist.
    if (only !== undefined && asked !== undefined && asked !== only) return listJson([], limit);
    const search = {
      only: only ?? asked,
      search: textIn(values, "search"),
      after: textIn(values, "after"),
      // One more tells whether there are more.
      limit: limit + 1,
    };
    return listJson(await listingSites(() => sources.listReadableSites(search)), limit);
  });
  return new Elysia().get(PATH, answer, { detail: describeReadableSites() });
}

function textIn(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = values.get(name);
  return value === undefined ? undefined : requiredText(name, value, SITE_ID_BYTES_MAX);
}

function listJson(found: readonly ReadableSite[], limit: number): Response {
  const sites = found.slice(0, limit);
  const next = found.length > limit ? sites.at(-1)?.siteId : undefined;
  return Response.json({ sites: sites.map(readableSiteJson), ...(next !== undefined && { next }) });
}

/** Returns a site as the page asks for it, also one of which nothing is known. @throws QueueFlowError `database_unavailable`. */
export async function readableSite(
  { listReadableSites }: Pick<ReadableSitesSources, "listReadableSites">,
  siteId: string,
) {
  const [known] = await listingSites(() => listReadableSites({ only: siteId, limit: 1 }));
  return readableSiteJson(known ?? { siteId, name: "", timeZone: null, firstDate: null });
}

export function readableSiteJson({ siteId, name, timeZone, firstDate }: ReadableSite) {
  return {
    site_id: siteId,
    name,
    time_zone: timeZone ?? DEFAULT_TIME_ZONE,
    first_date: firstDate,
  };
}
