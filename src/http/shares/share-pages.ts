import { Elysia } from "elysia";
import type { Share } from "../../access/access-document.ts";
import { originsOf } from "../../access/rules.ts";
import type { SharedPage } from "../../dashboard/api/boot.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { knownAccess } from "../access/identify.ts";
import { counted } from "../counted.ts";
import {
  DASHBOARD_POLICY,
  type RenderSources,
  renderDashboard,
} from "../dashboard/render-dashboard.ts";
import { requestTarget } from "../request-target.ts";
import { pageHeaders } from "../security-headers.ts";
import { findLink } from "./shared-site.ts";

/** As the checks of a site's settings leave them. In a policy, anything else could end the directive. */
const ORIGIN = /^https?:\/\/(?:\*\.)?[a-z\d.[\]:-]+$/i;

export interface SharePageSources extends RenderSources {
  readonly metrics: IngestMetrics;
}

/** The pages that a public link opens: one to look at, one for a frame in pages of the site itself. */
export function sharePages(sources: SharePageSources) {
  const { metrics } = sources;
  const hidden = { detail: { hide: true } };
  return new Elysia()
    .get(
      "/share",
      async ({ request }) => await counted(metrics, "/share", () => show(request)),
      hidden,
    )
    .get(
      "/embed",
      async ({ request }) => await counted(metrics, "/embed", () => embed(request)),
      hidden,
    );

  async function show(request: Request): Promise<Response> {
    return await page(request, { shared: "page", ancestors: [] });
  }

  /** Needs no cookie, which browsers keep from frames of other sites. */
  async function embed(request: Request): Promise<Response> {
    const text = new URLSearchParams(requestTarget(request).query).get("link");
    const share = text === null ? undefined : await findLink(text, sources);
    const origins = share === undefined ? [] : await framersOf(share);
    const isOpen = share === undefined || share.passwordHash === null;
    return await page(request, { shared: isOpen ? "embed" : "refused", ancestors: origins });
  }

  async function page(
    request: Request,
    { shared, ancestors }: { shared: SharedPage; ancestors: readonly string[] },
  ): Promise<Response> {
    const body = await renderDashboard(request, sources, { isForOperators: false, shared });
    // Only says why: a frame in the engine's own site would have the cookie.
    const policy =
      shared === "refused"
        ? DASHBOARD_POLICY.replace("connect-src 'self'", "connect-src 'none'")
        : DASHBOARD_POLICY;
    return new Response(body, { headers: pageHeaders(policy, ancestors) });
  }

  async function framersOf({ siteId }: Share): Promise<readonly string[]> {
    const origins = originsOf(await knownAccess(sources.access), siteId);
    return origins.filter((origin) => ORIGIN.test(origin));
  }
}
