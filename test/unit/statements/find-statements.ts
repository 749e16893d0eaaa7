import { join } from "node:path";
import { Glob } from "bun";

const ROOT = join(import.meta.dir, "../../..");
/** The words with which statements of the engine begin. */
const BEGINNING =
  /^\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|WITH|LOCK TABLE|VACUUM|TRUNCATE|ALTER|CREATE|DROP)\b/;

export interface Statement {
  /** File and beginning: it stays the same while the rest changes. */
  readonly name: string;
  readonly text: string;
}

/** Returns the literals of the source that begin as a statement, in the order of their files; placeholders stay as they are. */
export async function findStatements(): Promise<readonly Statement[]> {
  const files = await Array.fromAsync(new Glob("src/**/*.ts").scan({ cwd: ROOT }));
  const found: Statement[] = [];
  for (const file of files.toSorted()) {
    const source = await Bun.file(join(ROOT, file)).text();
    const seen = new Map<string, number>();
    for (const text of literals(source)) {
      if (!BEGINNING.test(text)) continue;
      const start = text.replaceAll(/\s+/g, " ").trim().slice(0, 60).trim();
      const repeated = (seen.get(start) ?? 0) + 1;
      seen.set(start, repeated);
      const suffix = repeated === 1 ? "" : ` (${repeated})`;
      found.push({ name: `${file.slice("src/".length)}: ${start}${suffix}`, text });
    }
  }
  return found;
}

/** Template literals, those in others included in them, and strings in double quotes. */
function literals(source: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const skipped = /^(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0];
    const text = /^"(?:[^"\\\n]|\\.)*"/.exec(rest)?.[0];
    if (skipped !== undefined) at += skipped.length;
    else if (text !== undefined) {
      found.push(text.slice(1, -1));
      at += text.length;
    } else if (source[at] === "`") {
      const end = endOfTemplate(source, at + 1);
      found.push(source.slice(at + 1, end));
      at = end + 1;
    } else at += 1;
  }
  return found;
}

/** Returns where the template ends that begins at `from`. */
function endOfTemplate(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== "`") {
    if (source[at] === "\\") at += 2;
    else if (source.startsWith("${", at)) at = endOfPlaceholder(source, at + 2) + 1;
    else at += 1;
  }
  return at;
}

function endOfPlaceholder(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    const character = source[at];
    if (character === "`") at = endOfTemplate(source, at + 1);
    else if (character === "{") depth += 1;
    else if (character === "}") {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return source.length;
}

/** Whether a statement names one of the tables, or one by a placeholder. */
export function isOn(tables: readonly string[], { text }: Statement): boolean {
  const named = String.raw`(?:${tables.join("|")})\b`;
  return new RegExp(
    String.raw`\b(?:FROM|JOIN|INTO|UPDATE|COPY|TABLE|USING)\s+(?:${named}|\$\{)`,
  ).test(text);
}
