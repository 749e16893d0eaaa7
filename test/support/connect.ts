import postgres, { type Options, type Sql } from "postgres";
import { postgresSocketOf } from "../../src/server-address.ts";

/** A connection without the engine's settings. The driver does not find a socket in a URL. */
export function connectPostgres(url: string, options: Options<Record<string, never>> = {}): Sql {
  const path = postgresSocketOf(url);
  return postgres(url, {
    ...(path === undefined ? {} : { path }),
    onnotice: () => undefined,
    ...options,
  });
}
