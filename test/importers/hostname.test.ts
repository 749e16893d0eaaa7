import { expect, test } from "bun:test";
import { firstHostname } from "../../src/importers/hostname.ts";

const HOSTS: readonly [host: string, hostname: string][] = [
  ["example.com", "example.com"],
  ["Shop.EXAMPLE.com:8443", "shop.example.com"],
  ["example.com:", "example.com"],
  ["example.com.", "example.com."],
  ["my_shop.example.com", "my_shop.example.com"],
  ["localhost:3000", "localhost"],
  ["intranet", "intranet"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["203.0.113.80:80", "203.0.113.80"],
  ["[2001:DB8::80]:443", "[2001:db8::80]"],
  ["[2001:db8:0::80]", "[2001:db8::80]"],
  ["2001:db8::80", "[2001:db8::80]"],
];

test.each([...HOSTS])("firstHostname reads %j as %j", (host, hostname) => {
  expect(firstHostname([host])).toBe(hostname);
});

test.each([...HOSTS])("firstHostname reads %j as a URL does", (host, hostname) => {
  const inUrl = host.startsWith("2001") ? `[${host}]` : host;
  expect(new URL(`http://${inUrl}/`).hostname).toBe(hostname);
});

const NO_HOSTS = [
  "",
  "-",
  "_",
  "...",
  "*",
  "*.example.com",
  "~^www",
  "example.com/a",
  "example.com\\a",
  "user@example.com",
  "a?b",
  "a#b",
  "a b.example",
  "a\tb.example",
  "a\0.example",
  "a%2eexample",
  "\ud800.example",
  "<script>",
  '"example.com"',
  "192.0.2.999",
  "1",
  "192.0.",
  "0x7f.1",
  "[2001:db8::80",
  "2001:db8::80:443:1:2:3:4:5",
  "a".repeat(256),
  `${"é".repeat(40)}.`.repeat(400),
];

test.each(NO_HOSTS)("firstHostname finds none in %j", (host) => {
  expect(firstHostname([host])).toBeUndefined();
});

test("firstHostname takes the first that is one", () => {
  expect(firstHostname([undefined, "-", "_", "b.example", "a.example"])).toBe("b.example");
  expect(firstHostname([])).toBeUndefined();
});
