import { describe, expect, test } from "bun:test";
import { coresOf, placementOn, wholeMachine } from "../../../bench/machine/placement.ts";

describe("placementOn", () => {
  test.each([
    [[0], { server: "0", load: "0", redis: "0", postgres: "0" }],
    [[0, 1], { server: "0", load: "1", redis: "1", postgres: "1" }],
    [[2, 3, 5], { server: "2", load: "3", redis: "5", postgres: "5" }],
    [[0, 1, 2, 3, 4], { server: "0", load: "1", redis: "2", postgres: "3" }],
  ])("the server gets a core for itself on cores %j", (cores, placement) => {
    expect(placementOn(cores)).toEqual(placement);
  });
});

test("without placement everything runs on every core", () => {
  expect(new Set(Object.values(wholeMachine([0, 2])))).toEqual(new Set(["0,2"]));
});

test("core lists have ranges and single cores", () => {
  expect(coresOf("0-2,5")).toEqual([0, 1, 2, 5]);
});
