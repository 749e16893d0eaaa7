import { expect, test } from "bun:test";
import { belongsTo } from "../../src/event/data-subject.ts";

const SITE = "example.com";
const NUL = "\0";

test.each([
  [true, "ann", { site_id: SITE, user_id: "ann" }],
  [true, "ann", { user_id: "ann" }],
  [true, "ann", { site_id: NUL, user_id: "ann" }],
  [true, "ann", { site_id: SITE, payload: '{"id":"ann"}' }],
  [true, "ann", { site_id: SITE, user_id: "", path: "/users/ann" }],
  [true, "ann", { site_id: SITE, user_id: `ann${NUL}` }],
  [true, "ann", { site_id: SITE, ann: "" }],
  [true, "a.b", { payload: "mail a.b, please" }],
  [true, 'a"b\\', { payload: JSON.stringify({ id: 'a"b\\' }) }],
  [true, "é", { payload: "é" }],
  [false, "ann", { site_id: "other", user_id: "ann" }],
  [false, "ann", { site_id: "other", payload: "ann" }],
  [false, "ann", { site_id: SITE, user_id: "bob", path: "/ann" }],
  [false, "ann", { site_id: SITE, user_id: "Ann" }],
  [false, "ann", { site_id: SITE, payload: "anna joann ann1 ànn" }],
  [false, "a.b", { payload: "axb" }],
  [false, "ann", {}],
  [true, undefined, { site_id: SITE, user_id: "ann" }],
  [true, undefined, { site_id: SITE }],
  [true, undefined, { hostname: SITE }],
  [false, undefined, { site_id: "other", hostname: SITE }],
  [false, undefined, { hostname: "examplexcom" }],
])("says %p whether user %p is meant by %j", (expected, userId, fields) => {
  expect(belongsTo({ siteId: SITE, userId }, fields)).toBe(expected);
});
