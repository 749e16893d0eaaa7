import { expect, test } from "bun:test";
import { NetworkSet } from "../../src/access/network.ts";
import { type ClientAddresses, clientAddresses } from "../../src/http/client-address.ts";

interface Seen {
  readonly sender: string | undefined;
  readonly isProxied: boolean;
}

/** Sends a request with `headers` from `from` to a server that listens on all addresses. */
async function seenBy(
  trusted: readonly string[],
  { from, headers }: { from: string; headers: [string, string][] },
): Promise<Seen> {
  const seen = Promise.withResolvers<Seen>();
  const clients: ClientAddresses = clientAddresses(
    (request) => server.requestIP(request)?.address,
    new NetworkSet(trusted),
  );
  const server = Bun.serve({
    port: 0,
    hostname: "::",
    fetch: (request) => {
      seen.resolve({ sender: clients.senderOf(request), isProxied: clients.isProxied(request) });
      return new Response();
    },
  });
  await fetch(`http://${from}:${server.port}`, { headers });
  await server.stop(true);
  return await seen.promise;
}

test.each([
  [[], "127.0.0.1", { sender: "127.0.0.1", isProxied: false }],
  [["127.0.0.0/8"], "127.0.0.1", { sender: "192.0.2.1", isProxied: true }],
  [["127.0.0.0/8"], "[::1]", { sender: "::1", isProxied: false }],
  [["::1"], "[::1]", { sender: "192.0.2.1", isProxied: true }],
])("with the proxies %p believes a request from %s", async (trusted, from, seen) => {
  const headers: [string, string][] = [
    ["X-Forwarded-For", "203.0.113.9"],
    ["X-Forwarded-For", "192.0.2.1"],
  ];
  expect(await seenBy(trusted, { from, headers })).toEqual(seen);
});
