import type { KeylessAccess } from "../access/keyless-access.ts";
import { type ApiAddress, isLoopback } from "../api-address.ts";

export interface PortFacts {
  readonly api: ApiAddress;
  /** `TRUSTED_PROXIES`. */
  readonly trustedProxies: readonly string[];
}

export interface OpenPort {
  readonly found: string;
  readonly todo: string;
}

/** Returns what others may do without a key, and how to close it; undefined when only this machine reaches the API. */
export function openPort(
  { api: { host, port }, trustedProxies }: PortFacts,
  { may, todo }: KeylessAccess,
): OpenPort | undefined {
  if (isLoopback(host)) {
    if (trustedProxies.length === 0) return undefined;
    return { found: `everybody who reaches the proxies in front may ${may}`, todo };
  }
  const found = `everybody who reaches port ${port} may ${may}`;
  return { found, todo: `${todo}, or set API_HOST=127.0.0.1 if no other machine needs the API` };
}
