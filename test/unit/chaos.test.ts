import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ABOUT_THREAD, EXPLAINED, THREAD_EXITED } from "../chaos/unexplained.ts";

const SOURCE = join(import.meta.dir, "..", "..", "src");

test("chaos explains only messages that the engine logs", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  const source = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(SOURCE, file), "utf8"))
    .join("");
  // The supervisor appends the second part to several reasons.
  const messages = [...EXPLAINED, ...ABOUT_THREAD, THREAD_EXITED].map((message) =>
    message.replace(", terminating it", ""),
  );
  expect(messages.filter((message) => !source.includes(message))).toEqual([]);
});
