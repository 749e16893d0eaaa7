/** How many threads of each kind an engine starts unless it is told. */
export interface Workers {
  readonly ingest: number;
  readonly consumers: number;
}

/**
 * What suits a machine with so many cores: a thread that accepts takes a core and leaves Redis half of another; beyond four
 * consumers they wait for each other in PostgreSQL. `bun run bench -- workers` measures these beside their neighbours.
 */
export function defaultWorkers(cores: number): Workers {
  return { ingest: Math.min(8, Math.ceil(cores / 2)), consumers: Math.min(4, cores) };
}
