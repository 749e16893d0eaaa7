import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import builtScript from "../../tracker/script.min.js" with { type: "text" };
import { counted } from "../counted.ts";
import { nameOf, type PathNames } from "../path-names.ts";
import { requestTarget } from "../request-target.ts";
import { IMMUTABLE, staticResponse } from "../static/static-response.ts";
import { servedScript } from "./served-script.ts";

/** Pages that name the script without its hash have the new one within an hour of an upgrade. */
const SHORT = "public, max-age=3600";
const HEADERS = {
  "Cross-Origin-Resource-Policy": "cross-origin",
  // For pages that check its integrity. It is the same for everybody.
  "Access-Control-Allow-Origin": "*",
};

export interface ScriptSources {
  readonly metrics: IngestMetrics;
  readonly pathNames: PathNames;
  readonly basePath: string;
}

/**
 * Returns a function that answers requests for the tracker, and returns undefined for others. Under another hash than its own, as of an
 * earlier version, it is served as without one: a page that names one goes on counting after an upgrade.
 */
export function serveScript({
  metrics,
  pathNames,
  basePath,
}: ScriptSources): (request: Request) => Promise<Response> | undefined {
  const served = servedScript(builtScript, basePath + nameOf("/collect", pathNames));
  const target = targetOf(nameOf("/script.js", pathNames));
  return (request) => {
    const { hash } = target.exec(requestTarget(request).path)?.groups ?? { hash: undefined };
    if (hash === undefined || !["GET", "HEAD"].includes(request.method)) return undefined;
    const cacheControl = hash === `.${served.hash}` ? IMMUTABLE : SHORT;
    return counted(metrics, "/script.js", () =>
      staticResponse(request, served, { ...HEADERS, "Cache-Control": cacheControl }),
    );
  };
}

/** Matches the path without a hash, and with one: `/script.js`, `/script.1f0c2a9be37d4856.js`. */
function targetOf(path: string): RegExp {
  const [, name = "", extension = ""] = /^(.*?)(\.[^./]*)?$/.exec(path) ?? [];
  return new RegExp(`^${RegExp.escape(name)}(?<hash>|\\.[\\da-f]{16})${RegExp.escape(extension)}$`);
}
