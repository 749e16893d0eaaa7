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
];
