import { CHROMIUM } from "../support/chromium.ts";
import { debianProgram } from "../support/debian-program.ts";
import { HAPROXY, NGINX, PG_BOUNCER } from "../support/front-programs.ts";
import { DEBIAN_POSTGRES } from "../support/oldest-postgres.ts";
import { PROMTOOL } from "../support/promtool.ts";

/** `redis-server` as an engine without one would install it. */
const PROGRAMS = [
  { names: ["redis-server"], package: "redis-server", service: "redis-server" },
  CHROMIUM,
  PROMTOOL,
  DEBIAN_POSTGRES,
  NGINX,
  HAPROXY,
  PG_BOUNCER,
];

/** Installs what tests need, so that no two of them install it at the same time. Tests report what is still missing. */
export async function installPrograms(): Promise<void> {
  for (const program of PROGRAMS) await debianProgram(program).catch(() => undefined);
}
