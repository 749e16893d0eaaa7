import { parseArgs } from "node:util";
import type { BenchOptions } from "./bench.ts";

export interface BenchArguments {
  readonly names: readonly string[];
  readonly options: BenchOptions;
  readonly write: boolean;
  /** The original arguments, to repeat the run. */
  readonly text: string;
}

/**
 * Reads the command line; no name selects all figures.
 *
 * @throws Error that states what was expected.
 */
export function readArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pairs: { type: "string", default: "5" },
      seconds: { type: "string", default: "8" },
      minutes: { type: "string", default: "10" },
      entries: { type: "string", default: "300000" },
      millions: { type: "string", default: "20" },
      write: { type: "boolean", default: false },
    },
  });
  for (const name of positionals) {
    if (!known.includes(name)) {
      throw new Error(`Expected figures out of ${known.join(", ")}, got ${name}`);
    }
  }
  const options = {
    pairs: countOf("pairs", values.pairs),
    seconds: countOf("seconds", values.seconds),
    minutes: countOf("minutes", values.minutes),
    entries: countOf("entries", values.entries),
    millions: countOf("millions", values.millions),
  };
  const names = known.filter((name) => positionals.length === 0 || positionals.includes(name));
  return { names, options, write: values.write, text: args.join(" ") };
}

function countOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`Expected --${name} to be a whole number from 1, got ${text}`);
}
