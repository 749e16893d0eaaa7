import { BlockList, isIPv4, isIPv6 } from "node:net";

/** `name` is a canonical address, or a host name in lower case. */
export interface Visitor {
  readonly name: string;
  readonly isHostName: boolean;
}

const PORT = /^(.+):\d{1,5}$/;
const BRACKETED = /^\[([^[\]]+)\](?::\d{1,5})?$/;
const ZONE = /%.*$/s;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
/** Placeholders for a client (RFC 7239, section 6). */
const UNKNOWN_CLIENT = /^(?:|-|unknown|_.*)$/i;
/** Placeholders for a proxy. */
const NO_ADDRESS = /^(?:|-|unix:.*)$/;
/** The last label starts with a letter, unlike a broken address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv4");
}
PRIVATE.addSubnet("::1", 128, "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

/** Returns the canonical form: IPv6 as in RFC 5952, IPv4-mapped as IPv4, without port and zone. */
export function parseAddress(text: string): string | undefined {
  const bracketed = BRACKETED.exec(text)?.[1];
  if (bracketed !== undefined) return canonicalIpv6(bracketed);
  if (isIPv4(text)) return text;
  const withoutPort = PORT.exec(text)?.[1] ?? "";
  return isIPv4(withoutPort) ? withoutPort : canonicalIpv6(text);
}

/** Returns the first address of a list. After an unknown client, a private one is the proxy's own. */
export function firstAddress(list: string): string | undefined {
  const parts = list.split(",").map((part) => part.trim());
  const known = parts.findIndex((part) => !UNKNOWN_CLIENT.test(part));
  const address = parseAddress(parts[known] ?? "");
  if (address === undefined || (known > 0 && isPrivate(address))) return undefined;
  return address;
}

export function isAddressList(list: string): boolean {
  return list
    .split(",")
    .map((part) => part.trim())
    .every((part) => UNKNOWN_CLIENT.test(part) || parseAddress(part) !== undefined);
}

/** The forwarded address counts when `remote` is absent or a Unix socket, or is private while the forwarded one is public. */
export function visitorOf(remote: string, forwarded = ""): Visitor | undefined {
  const own = firstAddress(remote);
  if (forwarded !== "" && needsForwarded(remote)) {
    const client = firstAddress(forwarded);
    if (client !== undefined && (own === undefined || !isPrivate(client))) {
      return { name: client, isHostName: false };
    }
  }
  if (own !== undefined) return { name: own, isHostName: false };
  return isHostName(remote) ? { name: remote.toLowerCase(), isHostName: true } : undefined;
}

export function needsForwarded(remote: string): boolean {
  const own = firstAddress(remote);
  return own === undefined ? NO_ADDRESS.test(remote) : isPrivate(own);
}

/** Returns the first public address of several headers, else the first one. */
export function bestForwarded(headers: readonly string[]): string | undefined {
  const known = headers.flatMap((text) => {
    const address = firstAddress(text);
    return address === undefined ? [] : [address];
  });
  return known.find((address) => !isPrivate(address)) ?? known[0];
}

export function isHostName(text: string): boolean {
  return HOST_NAME.test(text) || text === "localhost";
}

export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

function canonicalIpv6(text: string): string | undefined {
  const address = text.replace(ZONE, "");
  if (!isIPv6(address)) return undefined;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const bytes = Buffer.from(high.padStart(4, "0") + low.padStart(4, "0"), "hex");
  return bytes.join(".");
}
