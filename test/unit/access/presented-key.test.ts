import { describe, expect, test } from "bun:test";
import { presentedKey } from "../../../src/http/access/presented-key.ts";

const [FIRST, SECOND, THIRD] = ["qf_w_first", "qf_w_second", "qf_w_third"];
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

function given(headers: Readonly<Record<string, string>>, query = "", mayBeInQuery = true) {
  const request = new Request(`http://localhost/event${query}`, { headers });
  return presentedKey(request, { mayBeInQuery });
}

describe("the key of a request", () => {
  test.each([
    ["a bearer token", { authorization: `Bearer ${FIRST}` }, "", FIRST],
    ["a bearer token in other letters", { authorization: `bearer  ${FIRST}` }, "", FIRST],
    ["a user without a password", { authorization: basic(`${FIRST}:`) }, "", FIRST],
    ["a user with any password", { authorization: basic(`${FIRST}:x:y`) }, "", FIRST],
    ["a header of its own", { "x-write-key": FIRST }, "", FIRST],
    ["a parameter", {}, `?strict=true&key=${FIRST}`, FIRST],
    ["the parameter that is one", {}, `?key=door&key=${FIRST}`, FIRST],
    ["nothing", {}, "", undefined],
    ["a proxy's token", { authorization: "Bearer eyJhbGciOi" }, "", undefined],
    ["a proxy's user", { authorization: basic("admin:qf_w_first") }, "", undefined],
    ["another scheme", { authorization: `Digest ${FIRST}` }, "", undefined],
    ["no base64", { authorization: "Basic §$%" }, "", undefined],
    ["a parameter of another name", {}, `?monkey=${FIRST}`, undefined],
    [
      "a proxy's token beside a key",
      { authorization: "Bearer x", "x-write-key": FIRST },
      "",
      FIRST,
    ],
  ])("%s", (_, headers, query, key) => {
    expect(given(headers as Record<string, string>, query)).toBe(key);
  });

  test("is the first of several places", () => {
    const headers = { authorization: `Bearer ${FIRST}`, "x-write-key": SECOND ?? "" };
    expect(given(headers, `?key=${THIRD}`)).toBe(FIRST);
    expect(given({ "x-write-key": SECOND ?? "" }, `?key=${THIRD}`)).toBe(SECOND);
  });

  test("is not read from the address of what is read", () => {
    expect(given({}, `?key=${FIRST}`, false)).toBeUndefined();
  });
});
