import { canonicalAddress, type NetworkSet } from "./network.ts";

export interface Hops {
  /** Of the socket, as `canonicalAddress` returns it. */
  readonly peer: string;
  /** `X-Forwarded-For`, with the values of repeated headers joined by commas. */
  readonly forwardedFor: string | null;
  /** `Forwarded` (RFC 7239), likewise. */
  readonly forwarded: string | null;
}

/** With an optional port. An IPv6 address with a port is in brackets. */
const HOP = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/;
/** Without escapes, which no address needs: a client that could add one could end another's quoted string. */
const PAIR = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"([^"\\]*)"|([^\s",;\\]*))[ \t]*(?:;|$)/y;
const COMMA = 0x2c;
const QUOTE = 0x22;

/**
 * Returns the address that sent a request: the nearest hop that is not trusted. Reads the headers from the right, where the nearest
 * hop has appended, and stops at an entry that is no address: the trusted hop that wrote it is then the sender.
 *
 * A trusted hop writes one of the two headers, and may pass on the other as the client sent it. When both are there and disagree,
 * neither is believed, and the peer is the sender.
 */
export function senderAddress({ peer, forwardedFor, forwarded }: Hops, trusted: NetworkSet) {
  if (!trusted.has(peer)) return peer;
  const byFor = forwardedFor === null ? undefined : walk(forwardedFor, hopOf);
  const byForwarded = forwarded === null ? undefined : walk(forwarded, forwardedHopOf);
  if (byFor === undefined || byForwarded === undefined) return byFor ?? byForwarded ?? peer;
  return byFor === byForwarded ? byFor : peer;

  function walk(list: string, read: (entry: string) => string | undefined): string {
    let last = peer;
    for (let end = list.length; end >= 0; ) {
      const comma = lastComma(list, end);
      const address = read(list.slice(comma + 1, end).trim());
      if (address === undefined) return last;
      if (!trusted.has(address)) return address;
      last = address;
      end = comma;
    }
    return last;
  }
}

/** Returns the position of the last comma outside quotes, or -1. From the right, a quote that a client left open has no effect. */
function lastComma(list: string, end: number): number {
  let isQuoted = false;
  for (let at = end - 1; at >= 0; at -= 1) {
    const code = list.charCodeAt(at);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === COMMA && !isQuoted) return at;
  }
  return -1;
}

function hopOf(entry: string): string | undefined {
  const [, inBrackets, ipv4] = HOP.exec(entry) ?? [];
  return canonicalAddress(inBrackets ?? ipv4 ?? entry);
}

/** Returns the address of the element's one `for`; undefined for `unknown`, a hidden name and any other element. */
function forwardedHopOf(element: string): string | undefined {
  let hop: string | undefined;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < element.length) {
    const [, name, quoted, token] = PAIR.exec(element) ?? [];
    if (name === undefined) return undefined;
    if (name.toLowerCase() !== "for") continue;
    if (hop !== undefined) return undefined;
    hop = quoted ?? token;
  }
  return hop === undefined ? undefined : hopOf(hop);
}
