import { CADDY } from "./formats/caddy.ts";
import { COMBINED, COMMON, VHOST_COMBINED } from "./formats/clf.ts";
import { ELB } from "./formats/elb.ts";
import { NGINX_JSON } from "./formats/nginx-json.ts";
import { TRAEFIK } from "./formats/traefik.ts";
import { CLOUDFRONT, IIS } from "./formats/w3c.ts";
import type { LogFormat } from "./log-format.ts";

/** Of two that read the same lines, the earlier one reads more of them. */
export const LOG_FORMATS: readonly LogFormat[] = [
  VHOST_COMBINED,
  COMBINED,
  COMMON,
  CADDY,
  TRAEFIK,
  NGINX_JSON,
  ELB,
  IIS,
  CLOUDFRONT,
];

/** Returns the format that reads most of `lines`; undefined when none reads any. */
export function chooseFormat(lines: readonly string[]): LogFormat | undefined {
  const counted = LOG_FORMATS.map((format) => ({ format, lines: countRead(format, lines) }));
  const best = counted.reduce((most, next) => (next.lines > most.lines ? next : most));
  return best.lines === 0 ? undefined : best.format;
}

/** A line without an address is in the format, too. */
function countRead(format: LogFormat, lines: readonly string[]): number {
  const parse = format.open();
  return lines.filter((line) => {
    const result = parse(line);
    return result.kind !== "refused" || result.reason !== "format";
  }).length;
}
