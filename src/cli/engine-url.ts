import { isIPv6 } from "node:net";
import type { EngineConfig } from "../config/config.ts";
import { errorText } from "../errors.ts";

/**
 * Where the engine on this machine answers. One that listens on one address only, `API_HOST`, does not answer on the
 * loopback address.
 */
export function engineUrl({ apiHost, apiPort }: EngineConfig, path = ""): string {
  const host = ["0.0.0.0", "::"].includes(apiHost) ? "127.0.0.1" : apiHost;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${apiPort}${path}`;
}

/** Why a request to it was not answered; the runtime's own words for a closed port ask whether the computer is online. */
export function silenceText(error: unknown): string {
  const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  return isRefused ? "nothing listens on that port" : errorText(error);
}
