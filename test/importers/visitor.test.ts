import { expect, test } from "bun:test";
import { firstAddress, parseAddress, visitorOf } from "../../src/importers/visitor.ts";

const ADDRESSES: readonly [text: string, address: string | undefined][] = [
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1:50000", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:0db8::0001:0000:0000:0001", "2001:db8::1:0:0:1"],
  ["[2001:db8::1]", "2001:db8::1"],
  ["[2001:db8::1]:50000", "2001:db8::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:201", "192.0.2.1"],
  ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
  ["fe80::1%eth0", "fe80::1"],
  ["[fe80::1%12]:80", "fe80::1"],
  ["::1", "::1"],
  ["192.0.2.256", undefined],
  ["192.0.2", undefined],
  ["192.000.002.001", undefined],
  ["192.0.2.1:port", undefined],
  ["2001:db8::1::2", undefined],
  ["[2001:db8::1", undefined],
  ["[192.0.2.1]", undefined],
  ["10:00:01", undefined],
  ["unix:", undefined],
  ["$a", undefined],
  ["-", undefined],
  ["", undefined],
];

test.each([...ADDRESSES])("parseAddress reads %j as %j", (text, address) => {
  expect(parseAddress(text)).toBe(address);
});

const LISTS: readonly [list: string, client: string | undefined][] = [
  ["198.51.100.7, 203.0.113.9, 10.0.0.5", "198.51.100.7"],
  ["198.51.100.7,10.0.0.5", "198.51.100.7"],
  ["10.0.0.9, 198.51.100.7", "10.0.0.9"],
  ["198.51.100.7:4711, 10.0.0.5:80", "198.51.100.7"],
  ["[2001:db8::1]:4711, 10.0.0.5", "2001:db8::1"],
  ["unknown, 198.51.100.7", "198.51.100.7"],
  ["-, _hidden, 198.51.100.7", "198.51.100.7"],
  ["unknown, 10.0.0.5", undefined],
  ["unknown", undefined],
  ["nonsense, 198.51.100.7", undefined],
];

test.each([...LISTS])("firstAddress of %j is %j", (list, client) => {
  expect(firstAddress(list)).toBe(client);
});

const VISITORS: readonly [remote: string, forwarded: string, name: string | undefined][] = [
  ["192.0.2.1", "198.51.100.7", "192.0.2.1"],
  ["10.0.0.5", "198.51.100.7, 10.0.0.6", "198.51.100.7"],
  ["172.18.0.1", "-", "172.18.0.1"],
  ["127.0.0.1", "10.0.0.9", "127.0.0.1"],
  ["fd00::1", "2001:db8::7", "2001:db8::7"],
  ["unix:", "198.51.100.7", "198.51.100.7"],
  ["unix:", "10.0.0.9", "10.0.0.9"],
  ["-", "", undefined],
  ["Crawl-66.Example.com", "", "crawl-66.example.com"],
  ["localhost", "", "localhost"],
  ["web-1", "", undefined],
  ["192.0.2.999", "", undefined],
  ["2198.51.100.7", "198.51.100.7", undefined],
];

test.each([...VISITORS])("visitorOf(%j, %j) is %j", (remote, forwarded, name) => {
  expect(visitorOf(remote, forwarded)?.name).toBe(name);
});
