import type { Sql } from "postgres";
import { QueueFlowError } from "../errors.ts";

export interface Lease {
  /** Resolves when a connection is free, in the order of the calls; never after the lease has ended. */
  readonly sql: Promise<Sql>;
  /** Does nothing after `abandon` or a second time. */
  release(): void;
  /** Closes the connection, even during a statement. Returns whether the others are as old. */
  abandon(): boolean;
}

interface Connection {
  readonly sql: Sql;
  readonly generation: number;
}

export class Connections {
  readonly #open: (generation: number) => Sql;
  readonly #connectionsMax: number;
  readonly #idle: Connection[] = [];
  readonly #leased = new Set<Connection>();
  readonly #waiting = new Set<(connection: Connection) => void>();
  #generation = 0;
  #isClosed = false;

  /** `open` gets the number of renewals so far. */
  constructor(open: (generation: number) => Sql, connectionsMax: number) {
    this.#open = open;
    this.#connectionsMax = connectionsMax;
  }

  lease(): Lease {
    const { promise: sql, resolve, reject } = Promise.withResolvers<Sql>();
    let connection: Connection | undefined;
    const take = (taken: Connection): void => {
      connection = taken;
      resolve(taken.sql);
    };
    const finish = (outcome: "released" | "abandoned"): void => {
      this.#waiting.delete(take);
      if (connection !== undefined) this.#finish(connection, outcome);
      connection = undefined;
    };
    if (this.#isClosed) {
      reject(
        new QueueFlowError("database_unavailable", "The connections to PostgreSQL are closed"),
      );
    } else {
      this.#waiting.add(take);
      this.#serve();
    }
    const abandon = (): boolean => {
      const isCurrent = connection?.generation === this.#generation;
      finish("abandoned");
      return isCurrent;
    };
    return { sql, release: () => finish("released"), abandon };
  }

  /** Replaces every connection: idle ones at once, the others after their call. */
  renew(): void {
    this.#generation += 1;
    for (const { sql } of this.#idle.splice(0)) end(sql);
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#idle.splice(0), ...this.#leased];
    await Promise.all(open.map(async ({ sql }) => await sql.end({ timeout: timeoutMs / 1_000 })));
  }

  #newConnection(): Connection {
    const generation = this.#generation;
    return { sql: this.#open(generation), generation };
  }

  #finish(connection: Connection, outcome: "released" | "abandoned"): void {
    this.#leased.delete(connection);
    if (outcome === "abandoned" || this.#isClosed || connection.generation !== this.#generation) {
      end(connection.sql);
    } else {
      this.#idle.push(connection);
    }
    this.#serve();
  }

  #serve(): void {
    for (const take of this.#waiting) {
      if (this.#isClosed || this.#leased.size >= this.#connectionsMax) return;
      const connection = this.#idle.pop() ?? this.#newConnection();
      this.#leased.add(connection);
      this.#waiting.delete(take);
      take(connection);
    }
  }
}

function end(sql: Sql): void {
  void sql.end({ timeout: 0 }).catch(() => undefined);
}
