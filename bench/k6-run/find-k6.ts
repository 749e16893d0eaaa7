/** Names another k6 than the one on the PATH. */
export const K6_VARIABLE = "K6_BIN";

export const K6_MISSING =
  `There is no k6 on the PATH, and ${K6_VARIABLE} names none. Get 0.57 or newer from ` +
  "https://grafana.com/docs/k6/latest/set-up/install-k6/, or use the one of the compose file: " +
  "docker compose run --rm k6 run ingest-latency.ts";

/** Returns the path of k6. */
export function findK6(): string | undefined {
  return Bun.which(Bun.env[K6_VARIABLE] || "k6") ?? undefined;
}
