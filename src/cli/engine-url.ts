import { isIPv6 } from "node:net";
import type { EngineConfig } from "../config.ts";

/**
 * Where the engine on this machine answers. One that listens on one address only, `API_HOST`, does not answer on the
 * loopback address.
 */
export function engineUrl({ apiHost, apiPort }: EngineConfig, path = ""): string {
  const host = ["0.0.0.0", "::"].includes(apiHost) ? "127.0.0.1" : apiHost;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${apiPort}${path}`;
}
