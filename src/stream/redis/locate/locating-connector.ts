import { createConnection, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";
import { errorText } from "../../../errors.ts";
import type { RedisAddress } from "../../../redis-nodes.ts";
import type { Locator } from "./locator.ts";

export interface LocatingConnectorOptions {
  readonly key: string;
  readonly hasTls: boolean;
  readonly disconnectTimeoutMs: number;
}

/** Returns a connector class for ioredis that asks at each connect which server has the key, and the function that ends its watch. */
export function locatingConnector(
  locator: Locator,
  { key, hasTls, disconnectTimeoutMs }: LocatingConnectorOptions,
) {
  const ended = new AbortController();
  class LocatingConnector extends AbstractConnector {
    #address: RedisAddress | undefined;
    #open: Socket | undefined;
    /** Set when servers changed while the address was looked for. */
    #isRight: ((address: RedisAddress) => boolean) | undefined;

    constructor() {
      super(disconnectTimeoutMs);
      const unwatch = locator.watch((isRight) => {
        this.#isRight = isRight;
        if (this.#address !== undefined && !isRight(this.#address)) this.#open?.destroy();
      });
      ended.signal.addEventListener("abort", unwatch);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      delete this.firstError;
      this.#address = undefined;
      this.#isRight = undefined;
      try {
        const address = await locator.locate(key);
        if (!this.connecting || this.#wasLeft(address)) return closedSocket();
        this.#address = address;
        const socket = hasTls ? connectTls(address) : createConnection(address);
        this.#open = socket;
        this.stream = socket;
        socket.once("error", (error) => {
          this.firstError = error;
        });
        return socket;
      } catch (error) {
        this.firstError = error instanceof Error ? error : new Error(errorText(error));
        return closedSocket();
      }
    }

    #wasLeft(address: RedisAddress): boolean {
      return this.#isRight?.(address) === false;
    }

    /** A server that is a replica by now is not the one that was asked for. */
    override check(info: unknown): boolean {
      if (typeof info !== "object" || info === null || !("role" in info)) return true;
      return info.role === "master";
    }
  }
  return { Connector: LocatingConnector, end: () => ended.abort() };
}

/** ioredis tries again after a closed socket, but not after a rejection. */
function closedSocket(): Socket {
  return new Socket().destroy();
}
