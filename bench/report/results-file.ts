import { join } from "node:path";
import type { Finding } from "./finding.ts";
import { tableOf } from "./table.ts";

const PATH = join(import.meta.dir, "../RESULTS.md");

/** New runs are inserted below this line, newest first. */
const MARK = "<!-- runs -->";

export interface Run {
  readonly command: string;
  readonly machine: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
  /** Sentences about figures that failed or are unreliable. */
  readonly notes: readonly string[];
}

/** Returns a run as a Markdown section: time, machine and table. */
export function runSection({ command, machine, findings, notes }: Run): string {
  const title = `## ${machine.get("date")}, commit ${machine.get("commit")}`;
  const facts = [...machine].map(([name, value]) => `${name} ${value}`).join(" · ");
  return [title, `\`${command}\``, facts, tableOf(findings), ...notes].join("\n\n");
}

/** Returns the text of `RESULTS.md` with the run before earlier ones. */
export function withRun(text: string, section: string): string {
  if (!text.includes(MARK)) throw new Error(`Expected bench/RESULTS.md to have a line ${MARK}`);
  return text.replace(MARK, () => `${MARK}\n\n${section}`);
}

/** Adds a run to `bench/RESULTS.md`. */
export async function keepRun(run: Run): Promise<void> {
  await Bun.write(PATH, withRun(await Bun.file(PATH).text(), runSection(run)));
}
