import { describe, expect, test } from "bun:test";
import { codingsOf, isMediaType } from "../../src/http/body/media-type.ts";

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
  test.each(["identity", "Identity", "", ", identity ,", "identity,\tIDENTITY"])(
    "that changes nothing: %p",
    (encoding) => {
      expect(codingsOf(encoding, [])).toEqual([]);
    },
  );

  test.each(["br", "gzip, br", "identity;q=1", "identity identity", "none", "gzip, gzip, gzip"])(
    "that is not known: %p",
    (encoding) => {
      const code = "unsupported_media_type";
      expect(() => codingsOf(encoding, ["gzip"])).toThrow(expect.objectContaining({ code }));
    },
  );

  test.each([
    ["GZip", ["gzip"]],
    ["gzip, identity", ["gzip"]],
    ["zstd,gzip", ["zstd", "gzip"]],
  ])("that is known, in its order: %p", (encoding, codings) => {
    expect(codingsOf(encoding, ["gzip", "zstd"])).toEqual(codings);
  });
});
