import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Break what protects the HTTP server from its clients. */
export const HTTP_MUTANTS: readonly Mutant[] = [
  {
    name: "every-peer-trusted",
    promise: "a client cannot claim an address of its choice",
    file: "src/access/sender-address.ts",
    find: "if (!trusted.has(peer)) return peer;",
    replace: "",
    course: testedBy("test/unit/access/sender-address.test.ts"),
  },
  {
    name: "forwarded-from-the-left",
    promise: "entries left of the first untrusted hop are not believed",
    file: "src/access/sender-address.ts",
    find: "if (!trusted.has(address)) return address;",
    replace: "",
    course: testedBy("test/unit/access/sender-address.test.ts"),
  },
  {
    name: "either-header-believed",
    promise: "a client cannot claim an address in the header that its proxy passes on",
    file: "src/access/sender-address.ts",
    find: "return byFor === byForwarded ? byFor : peer;",
    replace: "return byForwarded;",
    course: testedBy("test/unit/access/sender-address.test.ts"),
  },
  {
    name: "open-quote-hides-a-hop",
    promise: "a quote that a client left open does not hide the next hop",
    file: "src/access/sender-address.ts",
    find: "if (hop !== undefined) return undefined;",
    replace: "",
    course: testedBy("test/unit/access/sender-address.test.ts"),
  },
  {
    name: "any-host-may-read",
    promise: "a page that points its name at this machine cannot read the engine",
    file: "src/http/app.ts",
    find: "isForeignHost(request, hosts) && !addresses.isProxied(request)",
    replace: "isForeignHost(request, hosts) && addresses.isProxied(request)",
    course: testedBy("test/system/security-headers.test.ts"),
  },
  {
    name: "host-suffix-is-own",
    promise: "only addresses, localhost and allowed names are the engine's own",
    file: "src/http/host-header.ts",
    find: "const LOCALHOST = /^(?:.+\\.)?localhost$/;",
    replace: "const LOCALHOST = /localhost$/;",
    course: testedBy("test/unit/host-header.test.ts"),
  },
  {
    name: "no-security-headers",
    promise: "every response has security headers",
    file: "src/http/app.ts",
    find: "return async () => secured(await answerOf(route, request));",
    replace: "return route;",
    course: testedBy("test/system/security-headers.test.ts"),
  },
  {
    name: "event-errors-unreadable",
    promise: "a page can read why its events were refused",
    file: "src/http/routes/event-route.ts",
    find: "refusal(reply, { ...eventHeaders(origin), ",
    replace: "refusal(reply, { ...eventHeaders(null), ",
    course: testedBy("test/system/other-sites.test.ts"),
  },
  {
    name: "opaque-origin-with-credentials",
    promise: "a page without an origin sends no credentials",
    file: "src/http/cors.ts",
    find: "if (origin === OPAQUE_ORIGIN) return ANY_ORIGIN;",
    replace:
      'if (origin === OPAQUE_ORIGIN) return { ...ANY_ORIGIN, "Access-Control-Allow-Credentials": "true" };',
    course: testedBy("test/unit/cors.test.ts"),
  },
  {
    name: "response-for-another-origin",
    promise: "a response names the origin of its own request",
    file: "src/http/cors.ts",
    find: "byOrigin.set(origin, init);",
    replace: "byOrigin.set(`https://${byOrigin.size}.example`, init);",
    course: testedBy("test/unit/cors.test.ts"),
  },
];
