import { type ApiAddress, type EngineAddresses, localUrl } from "../api-address.ts";
import type { MissingServers, StartState } from "../thread-report.ts";
import { openPort } from "./open-port.ts";

export interface BannerFacts {
  readonly version: string;
  /** Undefined for a process that accepts no events. */
  readonly addresses: EngineAddresses | undefined;
  readonly trustedProxies: readonly string[];
  readonly ingestWorkers: number;
  readonly consumerWorkers: number;
  readonly reportWorkers: number;
  /** The server in words: its version if it is embedded, else its address and the variables that name it. */
  readonly redis: string;
  readonly postgres: string;
}

/**
 * Returns what the engine runs on, what strangers may do, and commands to try it; while servers are missing, which ones and why.
 */
export function startBanner(facts: BannerFacts, state: StartState): string {
  const { missing } = state;
  const { version, ingestWorkers, reportWorkers, consumerWorkers, redis, postgres } = facts;
  const names = missingNames(missing);
  const isRunning = names.length === 0;
  return `
QueueFlow Engine ${version} ${isRunning ? "is running" : `waits for ${names.join(" and ")}`}
  API         ${apiText(facts, missing)}${operateText(facts)}${accessText(facts, state)}
  Threads     ${ingestWorkers} ingest, ${reportWorkers} report, ${consumerWorkers} consumer, ${consumerWorkers > 0 ? "1 packer, " : ""}1 reclaimer
  Redis       ${serverText(redis, missing.redis)}
  PostgreSQL  ${serverText(postgres, missing.postgres)}
${isRunning ? examples(facts) : "\nIt keeps trying, and says here when it runs. `queueflow doctor` helps to find the cause.\n"}
Ctrl-C or SIGTERM stops it; accepted events are kept.
`;
}

function missingNames({ redis, postgres, access }: MissingServers): readonly string[] {
  const servers = [
    ...(redis === undefined ? [] : ["Redis"]),
    ...(postgres === undefined ? [] : ["PostgreSQL"]),
  ];
  return servers.length > 0 || access === undefined ? servers : ["the keys"];
}

function apiText({ addresses }: BannerFacts, { redis, postgres, access }: MissingServers): string {
  if (addresses === undefined) return "none in this process (INGEST_WORKERS=0)";
  const url = shownUrl(addresses.api);
  if (redis !== undefined) return `${url}, refuses events until Redis answers`;
  if (access !== undefined) {
    return `${url}, refuses events until PostgreSQL tells which keys there are`;
  }
  if (postgres !== undefined) {
    return `${url}, accepts events, which are stored once PostgreSQL answers`;
  }
  return `${url}, documented at ${shownUrl(addresses.operate ?? addresses.api)}/swagger`;
}

function operateText({ addresses }: BannerFacts): string {
  if (addresses?.operate === undefined) return "";
  return `\n  Operate     ${shownUrl(addresses.operate)}, for /health, /metrics and /swagger`;
}

function accessText({ addresses, trustedProxies }: BannerFacts, { keyless }: StartState): string {
  if (addresses === undefined || keyless === undefined) return "";
  const open = openPort({ api: addresses.api, trustedProxies }, keyless);
  return open === undefined ? "" : `\n  Access      ${open.found}. ${open.todo}.`;
}

function serverText(server: string, why: string | undefined): string {
  return why === undefined ? server : `${server}\n              ${why}`;
}

function examples({ addresses }: BannerFacts): string {
  if (addresses === undefined) return "";
  const url = shownUrl(addresses.api);
  // The certificate does not name localhost.
  const curl = addresses.api.isSecure === true ? "curl -k" : "curl";
  return `
Try it:
  ${curl} -X POST ${url}/event -H 'Content-Type: application/json' -d "{\\"site_id\\":\\"example.com\\",\\"event_type\\":\\"page_view\\",\\"path\\":\\"/pricing\\",\\"user_id\\":\\"user-42\\",\\"timestamp\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"}"
  ${curl} "${url}/stats?site_id=example.com&date=$(date -u +%Y-%m-%d)"
  ${curl} ${url}/health/ready
`;
}

function shownUrl(api: ApiAddress): string {
  return localUrl(api, "localhost");
}
