import { describe, expect, test } from "bun:test";
import { COMPARISONS, FIGURES } from "../../../bench/figures.ts";
import { readArguments } from "../../../bench/read-arguments.ts";

const KNOWN = { figures: [...FIGURES.keys()], comparisons: [...COMPARISONS.keys()] };

describe("readArguments", () => {
  test("measures everything in at least five pairs by default", () => {
    const { names, options, write } = readArguments([], KNOWN);
    expect([names, write]).toEqual([KNOWN.figures, false]);
    expect(options.pairs).toBeGreaterThanOrEqual(5);
  });

  test("reads names and numbers, and keeps the order of figures", () => {
    const args = ["drain", "ingest", "--pairs", "7", "--write"];
    const { names, options, write } = readArguments(args, KNOWN);
    expect([names, options.pairs, write]).toEqual([["ingest", "drain"], 7, true]);
  });

  test.each([
    ["two arguments", ["--against", "../older", "--pairs", "6"], "--against DIR --pairs 6"],
    ["one argument", ["--pairs", "6", "--against=../older"], "--pairs 6 --against=DIR"],
  ])("reads --against from %s, and keeps its folder to itself", (_, args, kept) => {
    const { names, against, text } = readArguments(args, KNOWN);
    expect([names, against, text]).toEqual([["ingest", "drain"], "../older", kept]);
  });

  test("reads --keep, and keeps its folder to itself", () => {
    const { keep, text } = readArguments(["--keep", "../data", "reports", "--keep=../more"], KNOWN);
    expect([keep, text]).toEqual(["../more", "--keep DIR reports --keep=DIR"]);
  });

  test.each([
    ["an unknown figure", ["speed"], "Expected figures out of ingest, "],
    ["an invalid count", ["--pairs", "many"], "Expected --pairs to be a whole number from 1"],
    [
      "a figure without comparison",
      ["stats", "--against", "."],
      "out of ingest, drain with --against",
    ],
    ["an empty folder name", ["--against="], "Expected --against to be a folder"],
    ["an empty folder to keep", ["--keep="], "Expected --keep to be a folder"],
    ["an unknown option", ["--fast"], "--fast"],
  ])("refuses %s", (_, args, message) => {
    expect(() => readArguments(args, KNOWN)).toThrow(message);
  });
});
