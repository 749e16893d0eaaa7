import { describe, expect, test } from "bun:test";
import { configNames, configured, projectFile } from "./project-files.ts";

const lines = projectFile(".env.example").split("\n");
const settings = lines.flatMap((line, index) => {
  const [, name, value = ""] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, value, before: lines[index - 1] ?? "" }];
});

describe(".env.example", () => {
  test(".env.example names every variable that readConfig reads, once, and no other", () => {
    expect(settings.map(({ name }) => name).toSorted()).toEqual([...configNames()]);
  });

  test(".env.example sets nothing as it stands, so that a copy suits compose and a start without it", () => {
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });

  test(".env.example shows each default as it is", () => {
    const env = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(configured(env)).toEqual(configured({}));
  });

  test(".env.example has a comment above each variable", () => {
    for (const { before } of settings) expect(before).toMatch(/^# [A-Z].*\.$|^# .*[a-z]\.$/);
  });
});
