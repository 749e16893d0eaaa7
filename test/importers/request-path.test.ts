import { expect, test } from "bun:test";
import { requestPath } from "../../src/importers/request-path.ts";

const PATHS: readonly [requestLine: string, path: string][] = [
  ["GET / HTTP/1.1", "/"],
  ["GET /a/b.html HTTP/2.0", "/a/b.html"],
  ["GET /a HTTP/2", "/a"],
  ["GET /a?b=c HTTP/1.1", "/a"],
  ["GET /? HTTP/1.1", "/"],
  ["GET /a#b HTTP/1.1", "/a"],
  ["GET /a%3Fb HTTP/1.1", "/a%3Fb"],
  ["GET //a//b/../c HTTP/1.1", "//a//b/../c"],
  ["GET /old", "/old"],
  ["GET /with space HTTP/1.1", "/with space"],
  ["GET  /a  HTTP/1.1", "/a"],
  ["M-SEARCH /a HTTP/1.1", "/a"],
  ["GET http://example.com/a?b HTTP/1.1", "/a"],
  ["GET http://example.com HTTP/1.1", "/"],
  ["GET http://example.com?b HTTP/1.1", "/"],
  ["GET http://user@example.com:8080/a HTTP/1.1", "/a"],
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

test.each([...PATHS])("requestPath reads %j as %j", (requestLine, path) => {
  expect(requestPath(requestLine)).toBe(path);
});

test.each(NO_PATHS)("requestPath finds no path in %j", (requestLine) => {
  expect(requestPath(requestLine)).toBeUndefined();
});
