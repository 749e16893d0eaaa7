import type { Socket } from "bun";

/**
 * What a proxy does with the bytes of its connections, new ones included: hand them on; hand on
 * requests and swallow the replies; swallow all, as a network does that is cut without a word; or close
 * each new connection at once, as a load balancer does whose server is gone.
 */
export type ProxyMode = "pass" | "swallow replies" | "swallow all" | "refuse";

/** A TCP proxy in front of one server; `await using` closes it. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  mode: ProxyMode;
  /** How many connections were made to it so far. */
  readonly connections: number;
  /** Bytes of requests that were taken so far, handed on or not. */
  readonly requestBytes: number;
  /** Bytes of replies that were swallowed so far. */
  readonly swallowedReplyBytes: number;
  /** Closes every connection there is; new ones are taken as before. */
  cut(): void;
}

interface Pair {
  upstream: Socket | undefined;
  waiting: Buffer[];
}

/** Opens a proxy on a free loopback port to the server of `url`. */
export function openTcpProxy(url: string): TcpProxy {
  const { hostname, port } = new URL(url);
  const clients = new Set<Socket<Pair>>();
  const state = { mode: "pass" as ProxyMode, connections: 0, requestBytes: 0, swallowed: 0 };

  const listener = Bun.listen<Pair>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        state.connections += 1;
        client.data = { upstream: undefined, waiting: [] };
        if (state.mode === "refuse") {
          client.end();
          return;
        }
        clients.add(client);
        void connectUpstream(client); // A failure closes the client.
      },
      data(client, bytes) {
        state.requestBytes += bytes.length;
        if (state.mode === "swallow all") return;
        const { upstream, waiting } = client.data;
        if (upstream === undefined) waiting.push(Buffer.from(bytes));
        else upstream.write(bytes);
      },
      close(client) {
        clients.delete(client);
        client.data.upstream?.end();
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
            if (state.mode === "pass") client.write(bytes);
            else state.swallowed += bytes.length;
          },
          close() {
            client.end();
          },
        },
      });
      for (const bytes of client.data.waiting) upstream.write(bytes);
      client.data = { upstream, waiting: [] };
    } catch {
      client.end();
    }
  }

  return {
    port: listener.port,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
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
