import { describe, expect, test } from "bun:test";
import { NetworkSet } from "../../../src/access/network.ts";
import { senderAddress } from "../../../src/access/sender-address.ts";

const PROXY = "10.0.0.1";
const TRUSTED = new NetworkSet(["10.0.0.0/8", "2001:db8:ffff::/48"]);

function senderOf(forwardedFor: string | null, forwarded: string | null = null, peer = PROXY) {
  return senderAddress({ peer, forwardedFor, forwarded }, TRUSTED);
}

describe("X-Forwarded-For", () => {
  test.each([
    [null, PROXY],
    ["", PROXY],
    ["192.0.2.1", "192.0.2.1"],
    ["203.0.113.9, 192.0.2.1", "192.0.2.1"],
    ["203.0.113.9,192.0.2.1, 10.0.0.2 ,10.0.0.3", "192.0.2.1"],
    ["10.0.0.9, 192.0.2.1", "192.0.2.1"],
    ["10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["192.0.2.1, unknown", PROXY],
    ["192.0.2.1, unknown, 10.0.0.2", "10.0.0.2"],
    ["192.0.2.1, , 10.0.0.2", "10.0.0.2"],
    [",10.0.0.2", "10.0.0.2"],
    ["192.0.2.1,", PROXY],
    ["192.0.2.1:4711", "192.0.2.1"],
    ["[2001:DB8::1]:4711", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1, ::ffff:10.0.0.2, 2001:db8:ffff::2", "192.0.2.1"],
    ["192.0.2.1:port", PROXY],
    ["<script>", PROXY],
    ['", 192.0.2.1', "192.0.2.1"],
  ])("%p leads to %s", (header, sender) => expect(senderOf(header)).toBe(sender));
});

describe("Forwarded", () => {
  test.each([
    ["", PROXY],
    ["for=192.0.2.1", "192.0.2.1"],
    ["For=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"],
    ['proto=https; for="[2001:db8::1]:4711"', "2001:db8::1"],
    ['for="192.0.2.1:4711";host="a,b"', "192.0.2.1"],
    ["for=192.0.2.1:4711", "192.0.2.1"],
    ["for=203.0.113.9, for=192.0.2.1, for=10.0.0.2", "192.0.2.1"],
    ["for=192.0.2.1, for=unknown", PROXY],
    ["for=192.0.2.1, for=_hidden, for=10.0.0.2", "10.0.0.2"],
    ["for=192.0.2.1, proto=https", PROXY],
    ["for=192.0.2.1;for=203.0.113.9", PROXY],
    ["192.0.2.1", PROXY],
    // What a client sends to end the string, or the element, that its proxy appends.
    ['for="203.0.113.9, for=192.0.2.1', "192.0.2.1"],
    ['for="x\\", for=192.0.2.1', "192.0.2.1"],
    [String.raw`for=192.0.2.1;host="a\", for=203.0.113.9;b=\""`, PROXY],
    ["for=203.0.113.9;", "203.0.113.9"],
  ])("%p leads to %s", (header, sender) => expect(senderOf(null, header)).toBe(sender));
});

describe("both headers", () => {
  test.each([
    ["192.0.2.1", "for=192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "for=203.0.113.9", PROXY],
    ["192.0.2.1", "for=unknown", PROXY],
    ["unknown", "for=192.0.2.1", PROXY],
    ["10.0.0.2", "for=192.0.2.1", PROXY],
  ])("%p and %p lead to %s", (forwardedFor, forwarded, sender) => {
    expect(senderOf(forwardedFor, forwarded)).toBe(sender);
  });
});

test("believes no header of a peer that is not trusted", () => {
  expect(senderOf("203.0.113.9", "for=203.0.113.9", "192.0.2.1")).toBe("192.0.2.1");
});
