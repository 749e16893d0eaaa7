import type { DebianProgram } from "./debian-program.ts";

/** Proxies that `test/attack` puts in front of an engine. */
export const NGINX: DebianProgram = { names: ["nginx"], package: "nginx", service: "nginx" };
export const HAPROXY: DebianProgram = {
  names: ["haproxy"],
  package: "haproxy",
  service: "haproxy",
};
