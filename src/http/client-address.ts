import { canonicalAddress, type NetworkSet } from "../access/network.ts";
import { senderAddress } from "../access/sender-address.ts";

/** Returns the text of the socket's peer; undefined when the connection has ended, and on a Unix socket. */
export type PeerOf = (request: Request) => string | undefined;

export interface ClientAddresses {
  /**
   * Returns the address of who sent the request, past `TRUSTED_PROXIES`, as `canonicalAddress` writes it. Costs 1.2 µs, nearly all of
   * it in the runtime, and as much again behind proxies: ask only where the address is needed, and once.
   */
  readonly senderOf: (request: Request) => string | undefined;
  /** Whether one of `TRUSTED_PROXIES` has passed on the request. */
  readonly isProxied: (request: Request) => boolean;
}

export function clientAddresses(peerOf: PeerOf, trusted: NetworkSet): ClientAddresses {
  return {
    senderOf: (request) => {
      const peer = canonicalPeer(request);
      if (peer === undefined || trusted.isEmpty) return peer;
      const { headers } = request;
      const forwardedFor = headers.get("x-forwarded-for");
      const forwarded = headers.get("forwarded");
      return senderAddress({ peer, forwardedFor, forwarded }, trusted);
    },
    isProxied: (request) => {
      const peer = canonicalPeer(request);
      return peer !== undefined && trusted.has(peer);
    },
  };

  function canonicalPeer(request: Request): string | undefined {
    const peer = peerOf(request);
    return peer === undefined ? undefined : canonicalAddress(peer);
  }
}
