import { isIPv6 } from "node:net";

/** PostgreSQL servers of one `DATABASE_URL`, in libpq's form `host1:port1,host2:port2`, of which one is the primary. */

export interface PostgresHost {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

export const POSTGRES_PORT = 5_432;
const PORT_MAX = 65_535;

/** A URL has one port, so the colons of several hosts are percent-encoded for URL parsers. Other URLs are returned unchanged. */
export function encodeHosts(text: string): string {
  const [, start, hosts = "", rest = ""] =
    /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*,[^/?#@]*)(.*)$/s.exec(text) ?? [];
  if (start === undefined) return text;
  return `${start}${hosts.split(",").map(encodeURIComponent).join(",")}${rest}`;
}

/** Undoes `encodeHosts`, for programs that use libpq. */
export function decodeHosts(url: string): string {
  const { hostname } = new URL(url);
  return hostname.includes(",") ? url.replace(hostname, decodeURIComponent(hostname)) : url;
}

/** Returns the hosts of a URL with several, in its order; undefined for one with a single host or a socket. */
export function severalHostsOf(url: string): readonly PostgresHost[] | undefined {
  const { hostname } = new URL(url);
  if (!hostname.includes(",")) return undefined;
  return hostname.split(",").map((part) => {
    const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(decodeURIComponent(part)) ?? [];
    return {
      host: host.replaceAll(/^\[|\]$/g, ""),
      port: port === undefined ? POSTGRES_PORT : Number(port),
    };
  });
}

/** Returns the URL of one of its hosts. */
export function urlOfHost(url: string, { host, port }: PostgresHost): string {
  const { hostname } = new URL(url);
  return url.replace(hostname, `${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** Returns a problem for each host that cannot be connected to. */
export function hostProblems(url: string): readonly string[] {
  const { port } = new URL(url);
  const hosts = severalHostsOf(url);
  if (hosts === undefined) return [];
  // Unencoded, it would be the port of all.
  const parts = port === "" ? hosts : [...hosts, { host: "", port: Number(port) }];
  return parts
    .filter((part) => !isHost(part.host) || part.port < 1 || part.port > PORT_MAX)
    .map(
      ({ host, port: number }) =>
        `Expected each host in DATABASE_URL to be a name or an address with a port up to ${PORT_MAX}, got ${host}:${number}`,
    );
}

function isHost(text: string): boolean {
  return /^[\w.-]+$/.test(text) || isIPv6(text);
}
