export interface Workers {
  readonly ingest: number;
  readonly consumers: number;
}

/**
 * An ingest thread uses one core and half a core of Redis; more than four consumers wait for each other in PostgreSQL.
 * `bun run bench -- workers` compares these with their neighbours.
 */
export function defaultWorkers(cores: number): Workers {
  return { ingest: Math.min(8, Math.ceil(cores / 2)), consumers: Math.min(4, cores) };
}
