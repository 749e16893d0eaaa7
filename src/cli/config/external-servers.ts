import { DATABASE_PARTS } from "../../config/server-urls.ts";
import type { VariableName } from "../../config/variables.ts";
import type { Shell } from "../shell.ts";
import { originsIn } from "./settings.ts";

export interface ExternalServers {
  /** The variables that turn the embedded server off, such as "POSTGRES_PASSWORD in .env". Empty while it is embedded. */
  readonly redis: readonly string[];
  readonly postgres: readonly string[];
  /** Whether no variable says where that PostgreSQL is: an `.env` for docker compose sets only a password. */
  readonly isPostgresUnnamed: boolean;
}

/** Returns which variables make an engine started in this shell use servers that it does not run. */
export function externalServers({ env, folder }: Pick<Shell, "env" | "folder">): ExternalServers {
  const originOf = originsIn(folder, env);
  const setOf = (names: readonly VariableName[]) =>
    names
      .filter((name) => env[name])
      .map((name) => {
        const origin = originOf(name);
        return origin === "environment" ? name : `${name} in ${origin}`;
      });
  const url = setOf(["DATABASE_URL"]);
  return {
    redis: setOf(["REDIS_URL"]),
    postgres: url.length > 0 ? url : setOf(DATABASE_PARTS),
    isPostgresUnnamed: !env["DATABASE_URL"] && !env["PG_HOST"],
  };
}
