import type { DebianProgram } from "./debian-program.ts";

/** Proxies that tests put in front of an engine, or of its PostgreSQL. */
export const NGINX: DebianProgram = { names: ["nginx"], package: "nginx", service: "nginx" };
export const HAPROXY: DebianProgram = {
  names: ["haproxy"],
  package: "haproxy",
  service: "haproxy",
};
export const PG_BOUNCER: DebianProgram = {
  names: ["pgbouncer"],
  package: "pgbouncer",
  service: "pgbouncer",
};
