import { join } from "node:path";
import type { Finding } from "./finding.ts";
import { tableOf } from "./table.ts";

const PATH = join(import.meta.dir, "../RESULTS.md");

/** New runs are put below this line, the newest first. */
const MARK = "<!-- runs -->";

/** A run, as it is printed and kept. */
export interface Run {
  readonly command: string;
  readonly machine: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
  /** What could not be measured, and what a reader must know of the rest: a sentence each. */
  readonly notes: readonly string[];
}

/** A run as a section of Markdown: when and what, where, and the table. */
export function runSection({ command, machine, findings, notes }: Run): string {
  const title = `## ${machine.get("date")}, commit ${machine.get("commit")}`;
  const facts = [...machine].map(([name, value]) => `${name} ${value}`).join(" · ");
  return [title, `\`${command}\``, facts, tableOf(findings), ...notes].join("\n\n");
}

/** Puts a run into the text of `RESULTS.md`, before those that are there. */
export function withRun(text: string, section: string): string {
  if (!text.includes(MARK)) throw new Error(`Expected bench/RESULTS.md to have a line ${MARK}`);
  return text.replace(MARK, () => `${MARK}\n\n${section}`);
}

/** Keeps a run in `bench/RESULTS.md`. */
export async function keepRun(run: Run): Promise<void> {
  await Bun.write(PATH, withRun(await Bun.file(PATH).text(), runSection(run)));
}
