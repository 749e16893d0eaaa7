/** Lists of cores as taskset(1) reads them, by what runs there. */
export interface Placement {
  /** The server under test, engine or baseline. */
  readonly server: string;
  /** The load generator. */
  readonly load: string;
  readonly redis: string;
  readonly postgres: string;
}

/**
 * Where everything runs when one thread is measured. The server has a core to itself, since its share of it
 * is the figure; the generator has one too as soon as there are three. On two cores Redis and PostgreSQL
 * work beside the generator: it sleeps half of its time even at the bare server's rate, and either of them
 * on the server's core would be measured as the server's own cost.
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

/** Everything may run everywhere: for figures of the whole engine, which shares the machine as its users' does. */
export function wholeMachine(cores: readonly number[]): Placement {
  const all = cores.join(",");
  return { server: all, load: all, redis: all, postgres: all };
}

/** The cores of a list such as `0-3,8`, as the kernel writes it in `Cpus_allowed_list`. */
export function coresOf(list: string): readonly number[] {
  return list.split(",").flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
