import { expect, test } from "bun:test";
import { acceptedCoding } from "../../src/http/static/static-response.ts";

test.each([
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, deflate", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["br; q=0.0, gzip; q=0", "identity"],
  ["brotli, xgzip", "identity"],
  ["", "identity"],
])("given Accept-Encoding %j, the coding is %s", (accepted, coding) => {
  expect(acceptedCoding(accepted, ["br", "gzip", "identity"])).toBe(coding);
});
