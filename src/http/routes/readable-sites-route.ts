import { Elysia } from "elysia";
import { EVERY_SITE } from "../../access/access-document.ts";
import { readableSite as siteOfReader } from "../../access/may-read.ts";
import { DEFAULT_TIME_ZONE } from "../../access/rules.ts";
import { QueueFlowError } from "../../errors.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { isDatabaseError } from "../../store/database-error.ts";
import type { ReadableSite } from "../../store/reports/list-readable-sites.ts";
import { type AccessParts, identifyReader } from "../access/identify.ts";
import { admitClient, type LimitParts } from "../admit-client.ts";
import { describeAnswers } from "../openapi/api-description.ts";
import { strictHandler } from "./strict-handler.ts";

const PATH = "/sites/readable";

export interface ReadableSitesSources extends AccessParts, LimitParts {
  /** Rejects with an error of the database. */
  readonly listReadableSites: () => Promise<readonly ReadableSite[]>;
  readonly metrics: IngestMetrics;
}

export function readableSitesRoute(sources: ReadableSitesSources) {
  const { metrics } = sources;
  const answer = strictHandler({ path: PATH, parameters: {}, metrics }, async (_, request) => {
    const scope = await admitScope(request, sources);
    const sites = await listed(sources);
    const shown = sites.filter(({ siteId }) => scope === EVERY_SITE || siteId === scope);
    return Response.json({ sites: shown.map(readableSiteJson) });
  });
  return new Elysia().get(PATH, answer, {
    detail: {
      summary: "List the sites that may be read",
      description: "Those with settings or events, with the UTC day of the first event.",
      tags: ["stats"],
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "By site_id.",
          example: {
            sites: [
              {
                site_id: "example.com",
                name: "Example",
                time_zone: "Europe/Berlin",
                first_date: "2026-01-15",
              },
            ],
          },
        },
        errors: ["rate_limited", "key_required", "wrong_kind", "database_unavailable"],
      }),
    },
  });
}

/** Returns the site that the request's key reads, or `EVERY_SITE`. Guessing keys must not be free. */
async function admitScope(request: Request, sources: ReadableSitesSources): Promise<string> {
  try {
    const reader = await identifyReader(request, sources);
    const scope = reader === undefined ? EVERY_SITE : siteOfReader(reader.rules, reader.key);
    admitClient(request, { keyId: reader?.key?.keyId }, sources);
    return scope;
  } catch (error) {
    admitClient(request, {}, sources);
    throw error;
  }
}

/** Returns a site as the page asks for it, also one of which nothing is known. @throws QueueFlowError `database_unavailable`. */
export async function readableSite(
  sources: Pick<ReadableSitesSources, "listReadableSites">,
  siteId: string,
) {
  const sites = await listed(sources);
  const known = sites.find((site) => site.siteId === siteId);
  return readableSiteJson(known ?? { siteId, name: "", timeZone: null, firstDate: null });
}

async function listed({ listReadableSites }: Pick<ReadableSitesSources, "listReadableSites">) {
  try {
    return await listReadableSites();
  } catch (error) {
    if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
    const sentence = "PostgreSQL could not list the sites";
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}

function readableSiteJson({ siteId, name, timeZone, firstDate }: ReadableSite) {
  return {
    site_id: siteId,
    name,
    time_zone: timeZone ?? DEFAULT_TIME_ZONE,
    first_date: firstDate,
  };
}
