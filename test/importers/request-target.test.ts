import { expect, test } from "bun:test";
import { parseRequestLine } from "../../src/importers/request-target.ts";

const TARGETS: readonly [requestLine: string, path: string, query?: string, host?: string][] = [
  ["GET / HTTP/1.1", "/"],
  ["GET /a/b.html HTTP/2.0", "/a/b.html"],
  ["GET /a HTTP/2", "/a"],
  ["GET /a?b=c HTTP/1.1", "/a", "?b=c"],
  ["GET /a?b?c HTTP/1.1", "/a", "?b?c"],
  ["GET /a?b#c?d HTTP/1.1", "/a", "?b"],
  ["GET /? HTTP/1.1", "/", "?"],
  ["GET /a#b HTTP/1.1", "/a"],
  ["GET /a#b?c HTTP/1.1", "/a"],
  ["GET /a%3Fb HTTP/1.1", "/a%3Fb"],
  ["GET //a//b/../c HTTP/1.1", "//a//b/../c"],
  ["GET /old", "/old"],
  ["GET /with space HTTP/1.1", "/with space"],
  ["GET  /a  HTTP/1.1", "/a"],
  ["M-SEARCH /a HTTP/1.1", "/a"],
  ["GET http://example.com/a?b HTTP/1.1", "/a", "?b", "example.com"],
  ["GET http://example.com HTTP/1.1", "/", "", "example.com"],
  ["GET http://example.com?b HTTP/1.1", "/", "?b", "example.com"],
  ["GET http://user@example.com:8080/a HTTP/1.1", "/a", "", "example.com:8080"],
  ["GET http://u:p@x@example.com/a@b HTTP/1.1", "/a@b", "", "example.com"],
  ["GET /http://example.com/a HTTP/1.1", "/http://example.com/a"],
];

const NO_PATHS = [
  "",
  "-",
  "GET",
  "GET ",
  "OPTIONS * HTTP/1.0",
  "CONNECT example.com:443 HTTP/1.1",
  "\x16\x03\x01\x02\x00",
  "\x16 /a HTTP/1.1",
  "/a HTTP/1.1",
  "t3 12.2.1",
  "GET index.html HTTP/1.1",
];

test.each([...TARGETS])("parseRequestLine reads %j", (requestLine, path, query = "", host) => {
  expect(parseRequestLine(requestLine)).toEqual({ path, query, host });
});

test.each(NO_PATHS)("parseRequestLine finds no path in %j", (requestLine) => {
  expect(parseRequestLine(requestLine)).toBeUndefined();
});
