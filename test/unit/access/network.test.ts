import { describe, expect, test } from "bun:test";
import { canonicalAddress, isNetwork, NetworkSet } from "../../../src/access/network.ts";

describe("an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:0:0", "0.0.0.0"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::", "::"],
    ["::192.0.2.1", "::c000:201"],
  ])("%s is written as %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each(["", "192.0.2", "192.0.2.256", "192.0.2.01", "0xc0000201", "3221225985", "localhost"])(
    "is not %p",
    (text) => expect(canonicalAddress(text)).toBeUndefined(),
  );

  test.each(["[::1]", "::1]/", "1::2::3", "::ffff:192.0.2.256", ":", "::1/64", "::1?x", "unknown"])(
    "is not %p",
    (text) => expect(canonicalAddress(text)).toBeUndefined(),
  );
});

describe("a network", () => {
  test.each([
    ["192.0.2.1", ["192.0.2.1"], ["192.0.2.2", "::192.0.2.1"]],
    ["10.1.2.3/8", ["10.255.0.1"], ["11.0.0.0", "9.255.255.255"]],
    ["0.0.0.0/0", ["255.255.255.255"], ["::1", "2001:db8::1"]],
    ["::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.0.0.0"]],
    ["192.0.2.128/25", ["192.0.2.128"], ["192.0.2.127"]],
    ["2001:db8::/33", ["2001:db8:7fff::1"], ["2001:db8:8000::1", "32.1.13.184"]],
    ["::1", ["::1"], ["127.0.0.1", "::"]],
    ["::/0", ["2001:db8::1", "::1"], []],
  ])("%s has its addresses and no other", (network, inside, outside) => {
    expect(isNetwork(network)).toBeTrue();
    const set = new NetworkSet(["203.0.113.0/24", network]);
    expect(inside.filter((address) => !set.has(address))).toEqual([]);
    expect(outside.filter((address) => set.has(address))).toEqual([]);
  });

  test.each(["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::1/129"])(
    "is not %p",
    (text) => expect(isNetwork(text)).toBeFalse(),
  );

  test.each(["10.0.0.0/255.0.0.0", "::ffff:10.0.0.0/8", "fe80::1%eth0/64", "10/8", "*", "proxy"])(
    "is not %p",
    (text) => expect(isNetwork(text)).toBeFalse(),
  );
});
