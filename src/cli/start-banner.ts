/** What the start tells a person. */
export interface BannerFacts {
  readonly version: string;
  readonly apiPort: number;
  readonly ingestWorkers: number;
  readonly consumerWorkers: number;
  /** Each server in words: whose it is, and its version where it is our own. */
  readonly redis: string;
  readonly postgres: string;
}

/** What the engine runs on, and three lines to try it with. */
export function startBanner(facts: BannerFacts): string {
  const { version, apiPort, ingestWorkers, consumerWorkers, redis, postgres } = facts;
  const url = `http://localhost:${apiPort}`;
  const today = `$(date -u +%Y-%m-%d)`;
  return `
QueueFlow Engine ${version} is running
  API         ${ingestWorkers === 0 ? "none in this process (INGEST_WORKERS=0)" : `${url}, described at ${url}/swagger`}
  Threads     ${ingestWorkers} ingest, ${consumerWorkers} consumer, 1 reclaimer
  Redis       ${redis}
  PostgreSQL  ${postgres}
${
  ingestWorkers === 0
    ? ""
    : `
Try it:
  curl -X POST ${url}/event -H 'Content-Type: application/json' -d "{\\"site_id\\":\\"example.com\\",\\"event_type\\":\\"page_view\\",\\"path\\":\\"/pricing\\",\\"user_id\\":\\"user-42\\",\\"timestamp\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"}"
  curl "${url}/stats?site_id=example.com&date=${today}"
  curl ${url}/health/ready
`
}
Ctrl-C stops it: what was accepted is kept.
`;
}
