/**
 * What was thrown, out of the runtime's report of a thread's error: the source lines around it with a
 * caret below them, where it has them, then the error in words, then the stack.
 */
export function thrownIn(report: string): string {
  const lines = report.split("\n").map((line) => line.trim());
  const words = lines.slice(lines.indexOf("^") + 1).find((line) => line !== "");
  return words ?? "nothing that the runtime could put in words";
}
