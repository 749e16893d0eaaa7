import { isIPv6 } from "node:net";
import { QueueFlowError } from "./errors.ts";
import { portHolder } from "./port-holder.ts";

/** Where the API listens. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
}

const ALL_INTERFACES: readonly string[] = ["0.0.0.0", "::"];

/** Returns the URL of an API on this machine: loopback when it listens on all interfaces. */
export function localUrl({ host, port }: ApiAddress, loopback = "127.0.0.1"): string {
  const name = ALL_INTERFACES.includes(host) ? loopback : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

/** Returns why this process cannot listen there, and what to do; undefined when it can. */
export function portProblem({ host, port }: ApiAddress): QueueFlowError | undefined {
  try {
    const listener = Bun.listen({ hostname: host, port, socket: { open: end, data: end } });
    listener.stop(true);
    return undefined;
  } catch (cause) {
    return portUnavailable({ host, port }, cause);
  }
}

export function portUnavailable({ host, port }: ApiAddress, cause: unknown): QueueFlowError {
  return new QueueFlowError("port_unavailable", reason());

  function reason(): string {
    switch (cause instanceof Error && "code" in cause ? cause.code : undefined) {
      case "EADDRINUSE":
        return `Port ${port} is in use by ${portHolder(port) ?? "another program"}: stop it, or set API_PORT to another port`;
      case "EACCES":
        return `Port ${port} needs more rights than this account has: set API_PORT to a port from 1024 on`;
      default:
        return `Cannot listen on port ${port} of ${host}: set API_HOST to an address of this machine, and API_PORT to a free port`;
    }
  }
}

/** For connections that arrive during the check. */
function end(socket: { terminate(): void }): void {
  socket.terminate();
}
