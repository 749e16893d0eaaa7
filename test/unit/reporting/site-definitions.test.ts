import { describe, expect, test } from "bun:test";
import {
  goalToJson,
  parseGoal,
  parseSegment,
  segmentToJson,
} from "../../../src/reporting/query/site-definitions.ts";

const FILTERS = [["is", "event:name", ["order"]]];

describe("a goal", () => {
  test.each([
    [{ name: "Order", filters: FILTERS }],
    [
      {
        name: "Order",
        filters: [...FILTERS, ["matches_glob", "event:page", ["/shop/**"]]],
        revenue: { property: "amount", currency_property: "currency" },
      },
    ],
    [{ name: "Order", filters: FILTERS, revenue: { property: "amount", currency: "EUR" } }],
    [{ name: "Plan", filters: [["or", [["is", "event:props:plan", ["pro"]], ...FILTERS]]] }],
  ])("is read and written as %j", (json) => {
    const parsed = parseGoal(json);
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
    expect(goalToJson(parsed.goal) as unknown).toEqual(json);
  });

  test.each([
    [{ name: "", filters: FILTERS }, "name"],
    [{ name: "n".repeat(256), filters: FILTERS }, "name"],
    [{ name: "Order" }, "filters"],
    [{ name: "Order", filters: [] }, "filters"],
    [{ name: "Order", filters: [["is", "visit:source", ["a"]]] }, "filters[0][1]"],
    [{ name: "Order", filters: [["is", "event:goal", ["a"]]] }, "filters[0][1]"],
    [{ name: "Order", filters: [["is", "segment", ["a"]]] }, "filters[0][1]"],
    [{ name: "Order", filters: [["has_done", FILTERS[0]]] }, "filters[0][1]"],
    [{ name: "Order", filters: FILTERS, revenue: 1 }, "revenue"],
    [{ name: "Order", filters: FILTERS, revenue: { currency: "EUR" } }, "revenue.property"],
    [{ name: "Order", filters: FILTERS, revenue: { property: "a" } }, "revenue.currency_property"],
    [
      { name: "Order", filters: FILTERS, revenue: { property: "a", currency: "eur" } },
      "revenue.currency",
    ],
    [
      {
        name: "Order",
        filters: FILTERS,
        revenue: { property: "a", currency: "EUR", currency_property: "c" },
      },
      "revenue",
    ],
    [{ name: "Order", filters: FILTERS, price: 1 }, "price"],
  ])("%j names %s", (json, path) => {
    const parsed = parseGoal(json);
    expect(parsed.kind === "invalid" && Object.keys(parsed.fields)).toEqual([path]);
  });

  test.each([[null], ["x"], [[]]])("is not %j", (json) => {
    const parsed = parseGoal(json);
    expect(parsed.kind === "invalid" && Object.keys(parsed.fields)).toEqual(["a goal"]);
  });
});

describe("a segment", () => {
  test("is read and written", () => {
    const json = {
      name: "Ads",
      filters: [
        ["is", "visit:source", ["ads"]],
        ["has_done", FILTERS[0]],
      ],
    };
    const parsed = parseSegment(json);
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
    expect(segmentToJson(parsed.segment) as unknown).toEqual(json);
  });

  test("holds no segment", () => {
    const parsed = parseSegment({ name: "Ads", filters: [["is", "segment", ["a"]]] });
    expect(parsed.kind === "invalid" && Object.keys(parsed.fields)).toEqual(["filters[0][1]"]);
  });
});
