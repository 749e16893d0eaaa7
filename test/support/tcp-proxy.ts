import type { Socket } from "bun";
import { Outbox } from "./outbox.ts";

/**
 * What a proxy does with the bytes of all connections: forward them; forward requests only; forward nothing, like a half-open
 * connection; or close each new connection, like a load balancer without a server.
 */
export type ProxyMode = "pass" | "swallow replies" | "swallow all" | "refuse";

/**
 * Breaks a connection once, when it carries a text: drops the request and cuts or keeps the connection, forwards the request
 * and cuts instead of replying, or cuts instead of forwarding a reply with the text.
 */
export interface ProxyTrap {
  readonly text: string;
  readonly on: "request: cut" | "request: hold" | "reply to it: cut" | "reply: cut";
  /** Breaks a reply only on a connection that has carried a request with this text before. */
  readonly after?: string;
}

/** A TCP proxy for one server; `await using` closes it. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  mode: ProxyMode;
  /** Delay of bytes in both directions. */
  delayMs: number;
  /** Connections so far. */
  readonly connections: number;
  /** Request bytes so far, forwarded or not. */
  readonly requestBytes: number;
  /** Dropped reply bytes so far. */
  readonly swallowedReplyBytes: number;
  /** Closes all connections; new ones are accepted. */
  cut(): void;
  /** Makes all connections half-open: forwards neither bytes nor the end of the server's side. New ones are accepted. */
  abandon(): void;
  /** Replaces the trap; resolves when it has broken a connection. */
  trap(trap: ProxyTrap): Promise<void>;
}

interface Pair {
  /** To the server; buffers bytes until connected. */
  readonly requests: Outbox;
  readonly replies: Outbox;
  upstream: Socket | undefined;
  awaitsTrappedReply: boolean;
  /** Whether it has carried the text of the trap's `after`. */
  isAfter: boolean;
  /** Whether all its bytes are dropped in every mode. */
  isAbandoned: boolean;
}

type Tap = (bytes: Buffer) => void;

/** Opens a proxy on a free loopback port for the server of `url`. `tap` is given what arrives in both directions. */
export function openTcpProxy(url: string, tap?: Tap): TcpProxy {
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
          isAfter: false,
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
        tap?.(Buffer.from(bytes));
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
            tap?.(Buffer.from(bytes));
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

  /** Returns whether the trap drops the request. */
  function isCaught(client: Socket<Pair>, bytes: Buffer): boolean {
    const { trap } = state;
    if (trap?.after !== undefined && bytes.includes(trap.after)) client.data.isAfter = true;
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
    if (trap === undefined || (trap.after !== undefined && !client.data.isAfter)) return false;
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

/** Returns the URL with the address of the proxy. */
export function throughProxy(url: string, proxy: TcpProxy): string {
  const proxied = new URL(url);
  proxied.hostname = "127.0.0.1";
  proxied.port = String(proxy.port);
  return proxied.href;
}

/** Proxies for both servers, and the variables of an engine that uses them. */
export interface ServerProxies extends AsyncDisposable {
  readonly redisProxy: TcpProxy;
  readonly postgresProxy: TcpProxy;
  readonly env: Readonly<Record<"REDIS_URL" | "DATABASE_URL", string>>;
}

/** Opens a proxy for each server; `await using` closes them. */
export function openServerProxies(redisUrl: string, databaseUrl: string, tap?: Tap): ServerProxies {
  const stack = new AsyncDisposableStack();
  const redisProxy = stack.use(openTcpProxy(redisUrl, tap));
  const postgresProxy = stack.use(openTcpProxy(databaseUrl, tap));
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
