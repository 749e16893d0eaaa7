import { describe, expect, test } from "bun:test";
import { COMPOSE_ONLY } from "./compose-file.ts";
import { configNames, configured, projectFile } from "./project-files.ts";

const lines = projectFile(".env.example").split("\n");
const settings = lines.flatMap((line, index) => {
  const [, name, value = ""] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  return name === undefined ? [] : [{ name, value, before: lines[index - 1] ?? "" }];
});

describe(".env.example", () => {
  test("names every variable once and no unknown one", () => {
    expect(settings.map(({ name }) => name).toSorted()).toEqual(
      [...configNames(), ...COMPOSE_ONLY].toSorted(),
    );
  });

  test("sets no variable until a line is uncommented", () => {
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });

  test("shows the actual defaults", () => {
    const env = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(configured(env)).toEqual(configured({}));
  });

  test("explains each variable in a comment", () => {
    for (const { before } of settings) expect(before).toMatch(/^# [A-Z].*\.$|^# .*[a-z]\.$/);
  });
});
