import { describe, expect, test } from "bun:test";
import { isEncoded, isMediaType } from "../../src/http/body/media-type.ts";

describe("a Content-Type of JSON", () => {
  const isJson = (type: string) => isMediaType(type, "application/json");
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
  test.each(json.map((type) => [type]))("is %j", (type) => expect(isJson(type)).toBe(true));

  const others = [
    "",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
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
  test.each(others.map((type) => [type]))("is not %j", (type) => expect(isJson(type)).toBe(false));
});

describe("a Content-Encoding", () => {
  const identities = [
    "identity",
    "Identity",
    "IDENTITY",
    "",
    ", identity ,",
    "identity,\tIDENTITY",
  ];
  test.each(identities.map((encoding) => [encoding]))("that changes nothing: %p", (encoding) => {
    expect(isEncoded(encoding, [])).toBe(true);
  });

  const others = ["gzip", "identity, gzip", "Gzip", "identity;q=1", "identity identity", "none"];
  test.each(others.map((encoding) => [encoding]))("that changes the body: %p", (encoding) => {
    expect(isEncoded(encoding, [])).toBe(false);
  });

  test.each([
    ["gzip, identity", true],
    ["GZip", true],
    ["br", false],
  ])("%p with gzip expected: %p", (encoding, isExpected) => {
    expect(isEncoded(encoding, ["gzip"])).toBe(isExpected);
  });
});
