import { printable } from "./printable.ts";

const RESET = "\u001b[0m";
const DIM = "\u001b[2m";
const COLOR_BY_LEVEL: Readonly<Record<string, string>> = {
  debug: DIM,
  info: "\u001b[32m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};
const LEVEL_WIDTH = 5;
const THREAD_WIDTH = 10;
const PLAIN = /^[^\s"=\\]+$/;

/** Formats a JSON log line for a terminal; the time of day is in UTC. */
export function readableLine(json: string, { colors }: { colors: boolean }): string {
  const record: Readonly<Record<string, unknown>> = JSON.parse(json);
  const { level, time, thread, msg, ...fields } = record;
  const painted = (color: string | undefined, text: string) =>
    colors && color !== undefined && text !== "" ? `${color}${text}${RESET}` : text;
  const variables = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const parts = [
    painted(DIM, String(time).slice("2026-01-15T".length)),
    painted(COLOR_BY_LEVEL[String(level)], String(level).toUpperCase().padEnd(LEVEL_WIDTH)),
    String(thread).padEnd(THREAD_WIDTH),
    printable(String(msg)),
    painted(DIM, printable(variables.join(" "))),
  ];
  return `${parts.join(" ").trimEnd()}\n`;
}

function valueText(value: unknown): string {
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}
