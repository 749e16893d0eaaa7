import { parseArgs } from "node:util";
import type { BenchOptions } from "./bench.ts";

const FOLDERS = ["--against", "--keep"];

export interface BenchArguments {
  readonly names: readonly string[];
  readonly options: BenchOptions;
  /** The folder of the other checkout. */
  readonly against: string | undefined;
  readonly write: boolean;
  /** The folder in which filled databases stay. */
  readonly keep: string | undefined;
  /** The original arguments, to repeat the run, without folders. */
  readonly text: string;
}

export interface KnownFigures {
  readonly figures: readonly string[];
  /** Those that `--against` measures. */
  readonly comparisons: readonly string[];
}

/**
 * Reads the command line; no name selects all figures, or all that `--against` measures.
 *
 * @throws Error that states what was expected.
 */
export function readArguments(
  args: readonly string[],
  { figures, comparisons }: KnownFigures,
): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pairs: { type: "string", default: "5" },
      seconds: { type: "string", default: "8" },
      minutes: { type: "string", default: "10" },
      entries: { type: "string", default: "300000" },
      millions: { type: "string", default: "20" },
      sites: { type: "string", default: "1000" },
      against: { type: "string" },
      keep: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { against, keep, write } = values;
  for (const [name, folder] of Object.entries({ against, keep })) {
    if (folder === "") throw new Error(`Expected --${name} to be a folder, got an empty value`);
  }
  const known = against === undefined ? figures : comparisons;
  for (const name of positionals) {
    if (known.includes(name)) continue;
    const when = against === undefined ? "" : " with --against";
    throw new Error(`Expected figures out of ${known.join(", ")}${when}, got ${name}`);
  }
  const options = {
    pairs: countOf("pairs", values.pairs),
    seconds: countOf("seconds", values.seconds),
    minutes: countOf("minutes", values.minutes),
    entries: countOf("entries", values.entries),
    millions: countOf("millions", values.millions),
    sites: countOf("sites", values.sites),
  };
  const names = known.filter((name) => positionals.length === 0 || positionals.includes(name));
  return { names, options, against, keep, write, text: textOf(args) };
}

function textOf(args: readonly string[]): string {
  return args
    .map((arg, place) => {
      if (FOLDERS.some((option) => args[place - 1] === option)) return "DIR";
      const option = FOLDERS.find((each) => arg.startsWith(`${each}=`));
      return option === undefined ? arg : `${option}=DIR`;
    })
    .join(" ");
}

function countOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`Expected --${name} to be a whole number from 1, got ${text}`);
}
