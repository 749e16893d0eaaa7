import { describe, expect, test } from "bun:test";
import { FIGURES } from "../../../bench/figures.ts";
import { readArguments } from "../../../bench/read-arguments.ts";

const KNOWN = [...FIGURES.keys()];

describe("readArguments", () => {
  test("measures everything in at least five pairs by default", () => {
    const { names, options, write } = readArguments([], KNOWN);
    expect([names, write]).toEqual([KNOWN, false]);
    expect(options.pairs).toBeGreaterThanOrEqual(5);
  });

  test("reads names and numbers, and keeps the order of figures", () => {
    const args = ["drain", "ingest", "--pairs", "7", "--write"];
    const { names, options, write } = readArguments(args, KNOWN);
    expect([names, options.pairs, write]).toEqual([["ingest", "drain"], 7, true]);
  });

  test.each([
    ["an unknown figure", ["speed"], "Expected figures out of ingest, "],
    ["an invalid count", ["--pairs", "many"], "Expected --pairs to be a whole number from 1"],
    ["an unknown option", ["--fast"], "--fast"],
  ])("refuses %s", (_, args, message) => {
    expect(() => readArguments(args, KNOWN)).toThrow(message);
  });
});
