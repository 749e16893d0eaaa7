import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addressSubject, namedSubject, type Subject } from "../../../src/access/limits/subject.ts";
import { canonicalAddress } from "../../../src/access/network.ts";

function subjectOf(address: string): Subject {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) throw new Error(`${address} is no address`);
  return addressSubject(canonical);
}

describe("addresses that share a limit", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
    ["2001:db8:1:2::", "2001:DB8:1:2::1"],
    ["2001:db8::", "2001:db8:0:0:1::"],
    ["::1", "::2"],
    ["fe80::1%eth0", "fe80::2"],
    ["192.0.2.1", "::ffff:192.0.2.1"],
    ["192.0.2.1", "::ffff:c000:201"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4::"],
  ];
  test.each(cases)("%s and %s", (one, other) => {
    expect(subjectOf(one)).toEqual(subjectOf(other));
  });
});

describe("addresses with a limit each", () => {
  const different = [
    "0.0.0.0",
    "192.0.2.1",
    "192.0.2.2",
    "1.192.0.2",
    "255.255.255.255",
    "2001:db8:1:2::1",
    "2001:db8:1:3::1",
    "2001:db8:2::",
    "2001:db8::",
    "::1",
    "1::",
    "0:1::",
    "0:0:1::",
    "::1:0:0:0:0",
    "64:ff9b::192.0.2.1",
  ];
  test("differ in their bits", () => {
    const subjects = [...different.map(subjectOf), addressSubject(undefined)];
    expect(new Set(subjects.map((each) => JSON.stringify(each))).size).toBe(different.length + 1);
  });

  test("have the bits of their text", () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(words, fc.nat(255), (groups, zeros) => {
        const ipv6 = groups.map((group, i) => ((zeros >> i) & 1 ? 0 : group));
        const [a = 0, b = 0, c = 0, d = 0] = ipv6;
        const text = ipv6.map((group) => group.toString(16)).join(":");
        if (!canonicalAddress(text)?.includes(":")) return;
        expect(subjectOf(text)).toEqual({ hi: a * 65_536 + b, lo: c * 65_536 + d });
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const bits = text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
        expect(subjectOf(text)).toEqual({ hi: 0x5000_0000, lo: bits });
      }),
    );
  });
});

test("a key and a site of one name have limits of their own", () => {
  expect(namedSubject("key", "a")).not.toEqual(namedSubject("site", "a"));
  expect(namedSubject("site", "a")).toEqual(namedSubject("site", "a"));
});

test("names have no address's bits", () => {
  for (let i = 0; i < 1_000; i += 1) {
    const { hi, lo } = namedSubject("site", `site ${i}`);
    expect(hi >>> 28).toBe(4);
    expect(lo).toBeWithin(0, 2 ** 32);
  }
});
