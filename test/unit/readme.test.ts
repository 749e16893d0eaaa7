import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fallbackText, rangeText, VARIABLES_BY_NAME } from "../../src/config/variables.ts";
import * as limits from "../../src/event/limits.ts";

const ROOT = join(import.meta.dir, "../..");
const readme = await Bun.file(join(ROOT, "README.md")).text();

/** The table of variables, a row a list of its cells, without the marks of code. */
function variablesTable(): readonly (readonly string[])[] {
  const section = readme.split("\n## Configuration\n")[1]?.split(/\n##? /)[0] ?? "";
  return [...section.matchAll(/^\| `[A-Z_]+` \|.*$/gm)].map(([row]) =>
    row
      .replaceAll("`", "")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("README", () => {
  test("README has every variable with its unit, default, range and meaning, as the code has them", () => {
    const rows = VARIABLES_BY_NAME.map(([name, variable]) => [
      name,
      "unit" in variable ? variable.unit : "",
      fallbackText(variable),
      rangeText(variable),
      variable.meaning,
    ]);
    expect(variablesTable()).toEqual(rows);
  });

  test("README states each limit on an event when the code has it", () => {
    const { SITE_ID_BYTES_MAX, EVENT_TYPE_BYTES_MAX, PATH_BYTES_MAX, USER_ID_BYTES_MAX } = limits;
    const row = (field: string, words: string) =>
      new RegExp(`\\| \`${field}\` \\|.*\\b1 to ${words}`);
    expect(readme).toMatch(row("site_id", `${SITE_ID_BYTES_MAX} bytes`));
    expect(readme).toMatch(row("event_type", `${EVENT_TYPE_BYTES_MAX} bytes`));
    expect(readme).toMatch(row("path", `${PATH_BYTES_MAX.toLocaleString("en")} bytes`));
    expect(readme).toMatch(row("user_id", `${USER_ID_BYTES_MAX} bytes`));
    expect(readme).toMatch(row("event_id", `${limits.EVENT_ID_CHARACTERS_MAX} characters`));
    expect(readme).toContain(`${limits.BODY_BYTES_MAX.toLocaleString("en")} bytes`);
  });

  test("README names only tests that are there when it says how each promise is tested", async () => {
    const section = readme.split("\n### How each promise is tested\n")[1]?.split("\n## ")[0] ?? "";
    const tests = [...section.matchAll(/^\|.*\| \[(.+)\]\((test\/.+)\) \|$/gm)];
    expect(tests.length).toBe([...section.matchAll(/^\| [1-5a]/gm)].length);
    expect(tests.length).toBeGreaterThan(40);
    for (const [, title = "", path = ""] of tests) {
      const source = await Bun.file(join(ROOT, path)).text();
      expect(source, `${path}: ${title}`).toContain(title);
    }
  });
});
