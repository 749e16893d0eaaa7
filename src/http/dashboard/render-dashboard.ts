import packageJson from "../../../package.json" with { type: "json" };
import { areReadsOpen } from "../../access/may-read.ts";
import type { Boot } from "../../dashboard/api/boot.ts";
import type { HealthReport } from "../../health/health-report.ts";
import { type AccessParts, knownAccess } from "../access/identify.ts";
import { exampleEvent } from "../openapi/example-event.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { acceptingOnly, engineState } from "./engine-state.ts";

/** What the page loads. */
export const DASHBOARD_POLICY =
  "script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:";
/** A valid Host may hold quotes and semicolons, which a shell would run. */
const SHELL_SAFE_HOST = /^(?:[a-z\d.-]+|\[[a-f\d:.]+\])(?::\d+)?$/i;

export interface RenderSources extends AccessParts {
  readonly readHealth: () => Promise<HealthReport>;
  readonly basePath: string;
}

/** Returns the page of the dashboard. `isForOperators` is whether the listener serves `/health`, `/metrics` and `/swagger`. */
export async function renderDashboard(
  request: Request,
  sources: RenderSources,
  { isForOperators, shared }: Pick<Boot, "isForOperators" | "shared">,
): Promise<string> {
  const { headers, url } = request;
  const report = await sources.readHealth();
  const access = await knownAccess(sources.access);
  const isOpen = access.kind === "open" || (access.kind === "rules" && areReadsOpen(access));
  const host = headers.get("host") ?? "";
  const isSecure = url.startsWith("https:") || headers.get("x-forwarded-proto") === "https";
  const scheme = isSecure ? "https" : "http";
  const { names } = await dashboardFiles();
  const origin = SHELL_SAFE_HOST.test(host) ? `${scheme}://${host}` : "http://localhost:3000";
  return dashboardPage(names, {
    version: packageJson.version,
    origin: origin + sources.basePath,
    event: { ...exampleEvent(), timestamp: toSeconds(new Date()) },
    state: isOpen ? engineState(report) : acceptingOnly(report),
    isForOperators,
    canSignIn: access.kind !== "open",
    ...(shared !== undefined && { shared }),
  });
}

function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
