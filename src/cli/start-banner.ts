export interface BannerFacts {
  readonly version: string;
  readonly apiPort: number;
  readonly ingestWorkers: number;
  readonly consumerWorkers: number;
  /** The server in words, with its version if it is embedded. */
  readonly redis: string;
  readonly postgres: string;
}

/** Returns what the engine runs on, and commands to try it. */
export function startBanner(facts: BannerFacts): string {
  const { version, apiPort, ingestWorkers, consumerWorkers, redis, postgres } = facts;
  const url = `http://localhost:${apiPort}`;
  const api =
    ingestWorkers === 0
      ? "none in this process (INGEST_WORKERS=0)"
      : `${url}, documented at ${url}/swagger`;
  const examples = `
Try it:
  curl -X POST ${url}/event -H 'Content-Type: application/json' -d "{\\"site_id\\":\\"example.com\\",\\"event_type\\":\\"page_view\\",\\"path\\":\\"/pricing\\",\\"user_id\\":\\"user-42\\",\\"timestamp\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"}"
  curl "${url}/stats?site_id=example.com&date=$(date -u +%Y-%m-%d)"
  curl ${url}/health/ready
`;
  return `
QueueFlow Engine ${version} is running
  API         ${api}
  Threads     ${ingestWorkers} ingest, ${consumerWorkers} consumer, 1 reclaimer
  Redis       ${redis}
  PostgreSQL  ${postgres}
${ingestWorkers === 0 ? "" : examples}
Ctrl-C stops it; accepted events are kept.
`;
}
