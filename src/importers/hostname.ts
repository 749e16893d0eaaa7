import { isIPv4, isIPv6 } from "node:net";
import { HOSTNAME_BYTES_MAX } from "../event/limits.ts";
import { isHostName } from "./visitor.ts";

const PORT = /:\d{0,5}$/;
/** Ends or decodes to something else in a URL. */
const NOT_IN_HOST = /[\s\0-\x20/?#@\\%]/;
/** Not the wildcards and placeholders of configurations: `*.example.com`, `_`, `-`. */
const HOST = /^(?=.*[\da-z])(?:[\da-z_.-]+|\[[\da-f:.]+\])$/;

/** Returns the first host name among `hosts`, which may have ports, in the form that the `hostname` of a URL has. */
export function firstHostname(hosts: readonly (string | undefined)[]): string | undefined {
  for (const host of hosts) {
    const hostname = host === undefined ? undefined : hostnameOf(host);
    if (hostname !== undefined) return hostname;
  }
  return undefined;
}

function hostnameOf(host: string): string | undefined {
  const name = host.replace(PORT, "");
  // Ten times as fast as a URL for most hosts.
  if (isHostName(name)) return name.toLowerCase();
  if (host.length > HOSTNAME_BYTES_MAX || NOT_IN_HOST.test(host)) return undefined;
  const hostname = URL.parse(`http://${isIPv6(host) ? `[${host}]` : name}`)?.hostname ?? "";
  // A URL reads 1 as 0.0.0.1.
  if (!HOST.test(hostname) || (isIPv4(hostname) && hostname !== name)) return undefined;
  return hostname;
}
