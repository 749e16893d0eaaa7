/** Lists of cores in the format of taskset(1). */
export interface Placement {
  /** The server under test, engine or baseline. */
  readonly server: string;
  /** The load generator. */
  readonly load: string;
  readonly redis: string;
  readonly postgres: string;
}

/**
 * Returns the placement for measurements of one thread. The server gets a core for itself, and so does the generator from
 * three cores on. On two cores, Redis and PostgreSQL run beside the generator, which sleeps half of the time even at the bare
 * server's rate; on the server's core, their cost would count as the server's.
 */
export function placementOn(cores: readonly number[]): Placement {
  const [server = 0, load = server, redis = load, postgres = redis] = cores;
  return {
    server: String(server),
    load: String(load),
    redis: String(redis),
    postgres: String(postgres),
  };
}

/** Places everything on all cores, for figures of the whole engine. */
export function wholeMachine(cores: readonly number[]): Placement {
  const all = cores.join(",");
  return { server: all, load: all, redis: all, postgres: all };
}

/** Returns the cores of a list such as `0-3,8`, the kernel's format in `Cpus_allowed_list`. */
export function coresOf(list: string): readonly number[] {
  return list.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
