import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  DEBIAN_ROOT,
  MAJOR_MIN,
  type PostgresPrograms,
} from "../../src/embedded/postgres/find-postgres.ts";

/** `oldest` runs tests on the oldest supported PostgreSQL that is installed, instead of the newest. */
export const TEST_POSTGRES = "TEST_POSTGRES";

/** Its servers are not on the PATH, but `pg_ctlcluster` is. */
export const DEBIAN_POSTGRES = {
  names: ["pg_ctlcluster"],
  package: "postgresql",
  service: "postgresql",
};

/** Returns the oldest supported PostgreSQL of the installed Debian packages, if any. */
export function oldestPostgres(): PostgresPrograms | undefined {
  const versions = existsSync(DEBIAN_ROOT) ? readdirSync(DEBIAN_ROOT) : [];
  const version = versions
    .filter(
      (name) => Number(name) >= MAJOR_MIN && existsSync(join(DEBIAN_ROOT, name, "bin/postgres")),
    )
    .toSorted((a, b) => Number(a) - Number(b))
    .at(0);
  return version === undefined ? undefined : { binDir: join(DEBIAN_ROOT, version, "bin"), version };
}
