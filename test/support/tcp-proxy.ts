import type { Socket } from "bun";
import { Outbox } from "./outbox.ts";

/**
 * What a proxy does with the bytes of its connections, new ones included: hand them on; hand on
 * requests and swallow the replies; swallow all, as a network does that is cut without a word; or close
 * each new connection at once, as a load balancer does whose server is gone.
 */
export type ProxyMode = "pass" | "swallow replies" | "swallow all" | "refuse";

/**
 * Where a connection meets its end, once, in the moment it carries a text: the request with it is kept
 * from the server, with the connection cut or left open; or the request is handed on and the connection cut
 * when its reply comes, which is swallowed; or the reply with the text is.
 */
export interface ProxyTrap {
  readonly text: string;
  readonly on: "request: cut" | "request: hold" | "reply to it: cut" | "reply: cut";
}

/** A TCP proxy in front of one server; `await using` closes it. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  mode: ProxyMode;
  /** How long bytes of either direction are held back, in milliseconds; 0 at first. */
  delayMs: number;
  /** How many connections were made to it so far. */
  readonly connections: number;
  /** Bytes of requests that were taken so far, handed on or not. */
  readonly requestBytes: number;
  /** Bytes of replies that were swallowed so far. */
  readonly swallowedReplyBytes: number;
  /** Closes every connection there is; new ones are taken as before. */
  cut(): void;
  /**
   * Swallows all bytes of every connection there is, for ever, and the server's end of it: only the client can
   * find out. New ones are taken as before.
   */
  abandon(): void;
  /** Sets a trap, in place of the one before; resolves when a connection has run into it. */
  trap(trap: ProxyTrap): Promise<void>;
}

/** One connection through the proxy. */
interface Pair {
  /** To the server; it takes bytes before it is connected. */
  readonly requests: Outbox;
  readonly replies: Outbox;
  upstream: Socket | undefined;
  awaitsTrappedReply: boolean;
  /** Whether all its bytes are swallowed, whatever the mode is. */
  isAbandoned: boolean;
}

/** Opens a proxy on a free loopback port to the server of `url`. */
export function openTcpProxy(url: string): TcpProxy {
  const { hostname, port } = new URL(url);
  const clients = new Set<Socket<Pair>>();
  const state = {
    mode: "pass" as ProxyMode,
    delayMs: 0,
    connections: 0,
    requestBytes: 0,
    swallowed: 0,
    trap: undefined as (ProxyTrap & { readonly sprung: () => void }) | undefined,
  };
  const delayMs = () => state.delayMs;

  const listener = Bun.listen<Pair>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        state.connections += 1;
        client.data = {
          requests: new Outbox(delayMs),
          replies: new Outbox(delayMs, client),
          upstream: undefined,
          awaitsTrappedReply: false,
          isAbandoned: false,
        };
        if (state.mode === "refuse") {
          client.end();
          return;
        }
        clients.add(client);
        void connectUpstream(client); // A failure closes the client.
      },
      data(client, bytes) {
        state.requestBytes += bytes.length;
        const isSwallowed = state.mode === "swallow all" || client.data.isAbandoned;
        if (isSwallowed || isCaught(client, bytes)) return;
        client.data.requests.push(Buffer.from(bytes));
      },
      drain: (client) => client.data.replies.flush(),
      close(client) {
        clients.delete(client);
        client.data.requests.end();
      },
    },
  });

  async function connectUpstream(client: Socket<Pair>): Promise<void> {
    try {
      const upstream = await Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          data(_, bytes) {
            if (isReplyCaught(client, bytes)) return;
            if (state.mode === "pass" && !client.data.isAbandoned)
              client.data.replies.push(Buffer.from(bytes));
            else state.swallowed += bytes.length;
          },
          drain: () => client.data.requests.flush(),
          close() {
            if (!client.data.isAbandoned) client.data.replies.end();
          },
        },
      });
      client.data.upstream = upstream;
      client.data.requests.connect(upstream);
    } catch {
      client.end();
    }
  }

  /** Whether a request is kept from the server by the trap. */
  function isCaught(client: Socket<Pair>, bytes: Buffer): boolean {
    const { trap } = state;
    if (trap === undefined || trap.on === "reply: cut" || !bytes.includes(trap.text)) return false;
    if (trap.on === "reply to it: cut") {
      client.data.awaitsTrappedReply = true;
      return false;
    }
    if (trap.on === "request: cut") cutPair(client);
    state.trap = undefined;
    trap.sprung();
    return true;
  }

  function isReplyCaught(client: Socket<Pair>, bytes: Buffer): boolean {
    const { trap } = state;
    if (trap === undefined) return false;
    const isIt =
      trap.on === "reply: cut" ? bytes.includes(trap.text) : client.data.awaitsTrappedReply;
    if (!isIt) return false;
    cutPair(client);
    state.trap = undefined;
    trap.sprung();
    return true;
  }

  function cutPair(client: Socket<Pair>): void {
    client.terminate();
    client.data.upstream?.terminate();
  }

  return {
    port: listener.port,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
    },
    get delayMs() {
      return state.delayMs;
    },
    set delayMs(ms) {
      state.delayMs = ms;
    },
    get connections() {
      return state.connections;
    },
    get requestBytes() {
      return state.requestBytes;
    },
    get swallowedReplyBytes() {
      return state.swallowed;
    },
    cut() {
      for (const client of clients) client.terminate();
    },
    abandon() {
      for (const client of clients) client.data.isAbandoned = true;
    },
    async trap(trap) {
      const { promise, resolve } = Promise.withResolvers<void>();
      state.trap = { ...trap, sprung: resolve };
      await promise;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.terminate();
      listener.stop(true);
    },
  };
}

/** The same URL by way of the proxy. */
export function throughProxy(url: string, proxy: TcpProxy): string {
  const proxied = new URL(url);
  proxied.hostname = "127.0.0.1";
  proxied.port = String(proxy.port);
  return proxied.href;
}

/** Proxies in front of both servers, and what sends an engine by way of them. */
export interface ServerProxies extends AsyncDisposable {
  readonly redisProxy: TcpProxy;
  readonly postgresProxy: TcpProxy;
  readonly env: Readonly<Record<"REDIS_URL" | "DATABASE_URL", string>>;
}

/** Opens a proxy in front of each server; `await using` closes them. */
export function openServerProxies(redisUrl: string, databaseUrl: string): ServerProxies {
  const stack = new AsyncDisposableStack();
  const redisProxy = stack.use(openTcpProxy(redisUrl));
  const postgresProxy = stack.use(openTcpProxy(databaseUrl));
  return {
    redisProxy,
    postgresProxy,
    env: {
      REDIS_URL: throughProxy(redisUrl, redisProxy),
      DATABASE_URL: throughProxy(databaseUrl, postgresProxy),
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}
