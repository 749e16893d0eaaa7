/** A report has source lines with a caret, if any, then the error, then its stack. */
export function thrownIn(report: string): string {
  const lines = report.split("\n").map((line) => line.trim());
  const error = lines.slice(lines.indexOf("^") + 1).find((line) => line !== "");
  return error ?? "an error that the runtime could not describe";
}
