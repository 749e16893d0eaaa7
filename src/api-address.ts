import { isIPv6 } from "node:net";
import { canonicalAddress, NetworkSet } from "./access/network.ts";
import type { EngineConfig } from "./config/config.ts";
import { QueueFlowError } from "./errors.ts";
import { portHolder } from "./port-holder.ts";

/** Where the engine listens. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  /** Whether it speaks HTTPS. */
  readonly isSecure?: boolean;
  /** Begin the names of the variables that set it; `API` by default. */
  readonly variables?: "API" | "OPERATE";
}

export interface EngineAddresses {
  readonly api: ApiAddress;
  /** Undefined when `api` serves everything. */
  readonly operate: ApiAddress | undefined;
}

const LOOPBACK = new NetworkSet(["127.0.0.0/8", "::1"]);
const ALL_INTERFACES: readonly string[] = ["0.0.0.0", "::"];

/** On this machine. */
export interface ApiUrls {
  /** Null for a process that accepts no events. */
  readonly apiUrl: string | null;
  readonly operateUrl?: string | undefined;
}

/** Returns undefined for a process that accepts no events. */
export function addressesOf(
  config: Pick<
    EngineConfig,
    "apiHost" | "apiPort" | "tlsFiles" | "operateHost" | "operatePort" | "ingestWorkers"
  >,
): EngineAddresses | undefined {
  const { apiHost, apiPort, operateHost: host, operatePort: port } = config;
  if (config.ingestWorkers === 0) return undefined;
  return {
    api: { host: apiHost, port: apiPort, isSecure: config.tlsFiles !== undefined },
    operate: port === 0 ? undefined : { host, port, variables: "OPERATE" },
  };
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || LOOPBACK.has(canonicalAddress(host) ?? "");
}

/** Returns the URL of an API on this machine: loopback when it listens on all interfaces. */
export function localUrl({ host, port, isSecure }: ApiAddress, loopback = "127.0.0.1"): string {
  const name = ALL_INTERFACES.includes(host) ? loopback : host;
  return `${isSecure === true ? "https" : "http"}://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

export function localUrls(addresses: EngineAddresses | undefined): ApiUrls {
  if (addresses === undefined) return { apiUrl: null };
  const { api, operate } = addresses;
  return { apiUrl: localUrl(api), operateUrl: operate && localUrl(operate) };
}

/** Returns why this process cannot listen there, and what to do; undefined when it can. */
export function portProblem(address: ApiAddress): QueueFlowError | undefined {
  const { host, port } = address;
  try {
    const listener = Bun.listen({ hostname: host, port, socket: { open: end, data: end } });
    listener.stop(true);
    return undefined;
  } catch (cause) {
    return portUnavailable(address, cause);
  }
}

export function portUnavailable(address: ApiAddress, cause: unknown): QueueFlowError {
  const { host, port, variables = "API" } = address;
  return new QueueFlowError("port_unavailable", reason());

  function reason(): string {
    switch (cause instanceof Error && "code" in cause ? cause.code : undefined) {
      case "EADDRINUSE":
        return `Port ${port} is in use by ${portHolder(port) ?? "another program"}: stop it, or set ${variables}_PORT to another port`;
      case "EACCES":
        return `Port ${port} needs more rights than this account has: set ${variables}_PORT to a port from 1024 on`;
      default:
        return `Cannot listen on port ${port} of ${host}: set ${variables}_HOST to an address of this machine, and ${variables}_PORT to a free port`;
    }
  }
}

/** For connections that arrive during the check. */
function end(socket: { terminate(): void }): void {
  socket.terminate();
}
