import { describe, expect, test } from "bun:test";
import { isIdentityEncoding, isJsonType } from "../../src/http/body/media-type.ts";

describe("isJsonType", () => {
  const json = [
    "application/json",
    "APPLICATION/Json",
    "application/json;",
    "application/json ;\t; ",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8;",
    'application/json; Charset="Utf-8"',
    'application/json; charset="utf\\-8"',
    "application/json; charset=utf8",
    "application/json; profile=a; charset=utf-8",
    'application/json; profile="a;charset=latin1"; v=1',
    "\tapplication/json ",
  ];
  for (const type of json) {
    test(`takes ${JSON.stringify(type)}`, () => expect(isJsonType(type)).toBe(true));
  }

  const others = [
    "",
    "json",
    "text/json",
    "application/jsonp",
    "application/json-seq",
    "application/ld+json",
    "application/json, application/json",
    "application/json charset=utf-8",
    "application/json; charset=latin1",
    "application/json; charset=utf-16",
    "application/json; charset=",
    'application/json; charset=""',
    "application/json; charset = utf-8",
    "application/json; charset=utf-8; charset=latin1",
    'application/json; charset="utf-8',
    'application/json; charset="utf-8"x',
    "application/json; charset",
    "application/json; =utf-8",
  ];
  for (const type of others) {
    test(`refuses ${JSON.stringify(type)}`, () => expect(isJsonType(type)).toBe(false));
  }
});

describe("isIdentityEncoding", () => {
  test.each(["identity", "Identity", "IDENTITY", "", ", identity ,", "identity,\tIDENTITY"])(
    "takes %p",
    (encoding) => expect(isIdentityEncoding(encoding)).toBe(true),
  );
  test.each(["gzip", "identity, gzip", "Gzip", "identity;q=1", "identity identity", "none"])(
    "refuses %p",
    (encoding) => expect(isIdentityEncoding(encoding)).toBe(false),
  );
});
