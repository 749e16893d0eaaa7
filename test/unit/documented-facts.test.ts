import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram } from "../../src/cli/program.ts";
import { processShell } from "../../src/cli/shell.ts";
import { fallbackText, rangeText, VARIABLES_BY_NAME } from "../../src/config/variables.ts";
import { type ErrorCode, QueueFlowError } from "../../src/errors.ts";
import * as limits from "../../src/event/limits.ts";
import { LOG_FORMATS } from "../../src/importers/choose-format.ts";
import { REFUSALS } from "../../src/metrics/register-ingest-metrics.ts";
import { DIMENSION_NAMES } from "../../src/reporting/query/dimensions.ts";
import {
  PATTERN_CHARACTERS_MAX,
  VALUE_BYTES_MAX,
  VALUES_MAX,
} from "../../src/reporting/query/filter/filter-values.ts";
import { DEPTH_MAX, FILTERS_MAX, LOGIC } from "../../src/reporting/query/filter/parse-filters.ts";
import { LIMIT_MAX, OFFSET_MAX } from "../../src/reporting/query/parse-report-query.ts";
import { METRICS, OPERATORS, PRESETS } from "../../src/reporting/query/report-query.ts";
import { BUCKETS_MAX } from "../../src/reporting/query/time/time-buckets.ts";
import { projectFile, ROOT } from "../packaging/project-files.ts";

/** Returns the cells of each table row in a document whose line matches `row`, without code marks. */
function rows(path: string, row: RegExp): readonly (readonly string[])[] {
  return projectFile(path)
    .split("\n")
    .filter((line) => row.test(line))
    .map((line) =>
      line
        .replaceAll("`", "")
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Returns the TypeScript files below a folder, relative to it. */
function filesIn(folder: string): readonly string[] {
  return [...new Bun.Glob("**/*.ts").scanSync({ cwd: join(ROOT, folder) })];
}

describe("docs/configuration.md", () => {
  test("lists every variable as the code defines it", () => {
    const defined = VARIABLES_BY_NAME.map(([name, variable]) => [
      name,
      "unit" in variable ? variable.unit : "",
      fallbackText(variable),
      rangeText(variable),
      variable.meaning,
    ]);
    expect(rows("docs/configuration.md", /^\| `[A-Z_]+` \|/)).toEqual(defined);
  });
});

describe("docs/api.md", () => {
  const api = projectFile("docs/api.md");

  test.each([
    ["site_id", `1 to ${limits.SITE_ID_BYTES_MAX} bytes`],
    ["event_type", `1 to ${limits.EVENT_TYPE_BYTES_MAX} bytes`],
    ["path", `1 to ${limits.PATH_BYTES_MAX.toLocaleString("en")} bytes`],
    ["user_id", `1 to ${limits.USER_ID_BYTES_MAX} bytes`],
    ["event_id", `1 to ${limits.EVENT_ID_CHARACTERS_MAX} characters`],
  ])("states the limit of %s", (field, limit) => {
    expect(api).toMatch(new RegExp(`^\\| \`${field}\` \\|.*\\b${limit}`, "m"));
  });

  test("states the limit of a body", () => {
    expect(api).toContain(`${limits.BODY_BYTES_MAX.toLocaleString("en")} bytes`);
  });

  test("lists each error code with its status and retryability", () => {
    const documented = rows("docs/api.md", /^\| \d{3} \|/).flatMap(
      ([status, codes = "", , retryable]) =>
        codes.split(", ").map((code) => [code, Number(status), retryable === "yes"] as const),
    );
    for (const [code, status, retryable] of documented) {
      const error = new QueueFlowError(code as ErrorCode, "");
      expect([code, error.status, error.retryable]).toEqual([code, status, retryable]);
    }
    const codes = documented.map(([code]) => code);
    expect(REFUSALS.filter((code) => !codes.includes(code))).toEqual([]);
  });

  test.each([
    ["metric", METRICS],
    ["dimension", DIMENSION_NAMES],
    ["`date_range`", PRESETS],
    ["operator", [...OPERATORS, ...LOGIC]],
  ])("lists each %s of a report", (heading, names) => {
    const [, table = ""] = api.split(`| ${heading} | `);
    const lines = table.split("\n\n", 1)[0]?.split("\n").slice(2) ?? [];
    const listed = lines.flatMap((line) => (line.split("|")[1] ?? "").trim().split(", "));
    const documented = listed
      .map((name) => name.replaceAll("`", ""))
      .filter((name) => !name.startsWith("["));
    expect(documented).toEqual([...names]);
  });

  test.each([
    [`at most ${FILTERS_MAX} filters, nested ${DEPTH_MAX} deep`],
    [
      `with ${VALUES_MAX.toLocaleString("en")} values of up to ${VALUE_BYTES_MAX.toLocaleString("en")} bytes`,
    ],
    [`${PATTERN_CHARACTERS_MAX.toLocaleString("en")} characters of patterns`],
    [`1 to ${LIMIT_MAX.toLocaleString("en")}`],
    [`at most ${OFFSET_MAX.toLocaleString("en")}`],
    [`at most ${BUCKETS_MAX.toLocaleString("en")} rows`],
  ])("states %s", (text) => {
    expect(api).toContain(text);
  });
});

describe.each([
  ["docs/guarantees.md", 40],
  ["patches/README.md", 5],
])("%s", (path, rowsMin) => {
  test("names only tests that exist", () => {
    const table = rows(path, /^\| (?!---).*\|$/).filter(
      ([heading = ""]) => !/^(promise|change)$/.test(heading),
    );
    expect(table.length).toBeGreaterThan(rowsMin);
    for (const cells of table) {
      const link = cells.at(-1) ?? "";
      const [, title = "no link", file = ""] = /^\[(.+)\]\(\.\.\/(test\/.+)\)$/.exec(link) ?? [];
      expect(projectFile(file), `${file}: ${title}`).toContain(title);
    }
  });
});

describe("docs/architecture.md", () => {
  const path = "docs/architecture.md";
  const bottom = new Set(["access", "async", "collect", "config", "event", "log", "metrics"]);
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

  test("describes every folder of src", () => {
    const described = rows(path, /^\| .*`[a-z]+(\/|\.ts)`/).map(([names = ""]) => names);
    const names = described.join(", ").split(", ");
    expect(folders.filter((folder) => !names.includes(`${folder}/`))).toEqual([]);
  });

  test("draws the imports between folders", () => {
    const imports = ["main.ts", "child.ts", ...folders].flatMap((importer) => {
      const files = importer.endsWith(".ts") ? [importer] : filesIn(`src/${importer}`);
      return files.flatMap((file) => {
        const code = projectFile(join("src", importer === file ? "" : importer, file));
        const imported = [...code.matchAll(/from "(?:\.\.?\/)+([a-z]+)\//g)].map(
          ([, name]) => name,
        );
        return imported
          .filter((name = "") => folders.includes(name) && !bottom.has(name) && name !== importer)
          .map((name) => `${importer.replace(".ts", "")} --> ${name}`);
      });
    });
    const drawn = projectFile(path).match(/^ {2}[a-z]+ --> [a-z]+$/gm) ?? [];
    expect(new Set(drawn.map((edge) => edge.trim()))).toEqual(new Set(imports));
  });
});

describe("docs/operating.md", () => {
  const path = "docs/operating.md";

  test("lists only log messages that exist in the code", async () => {
    const files = filesIn("src").map((file) => projectFile(join("src", file)));
    const code = files.join("\n").replaceAll(/["`] \+\s+["`]/g, "");
    const section = /^### What the log says$([\s\S]*?)^## /m.exec(projectFile(path))?.[1] ?? "";
    const records = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
    expect(records.length).toBeGreaterThan(20);
    const spans = records.flatMap((record) => record.match(/`[^`]+`/g) ?? []);
    const texts = spans.map((span) => span.replaceAll(/[`…]/g, ""));
    expect(texts.filter((text) => !code.includes(text))).toEqual([]);
  });

  test("lists every command", () => {
    const { commands } = buildProgram({ serve: async () => {}, shell: processShell() });
    const documented = rows(path, /^\| `queueflow/).map(
      ([command = ""]) => /^queueflow ([a-z-]+)/.exec(command)?.[1] ?? "",
    );
    expect(new Set(documented)).toEqual(new Set(commands.map((command) => command.name())));
  });
});

describe("docs/tracker.md", () => {
  test("lists every attribute of the script", () => {
    const documented = rows("docs/tracker.md", /^\| `data-[\w-]+` \|/).map(([name = ""]) => name);
    const options = projectFile("src/tracker/options.ts").match(/^ {2}readonly [a-z]+\?:/gm) ?? [];
    const attributes = options.map((line) => `data-${line.slice("  readonly ".length, -2)}`);
    // Where to send and the function that sees events are no options of the tracker itself.
    const others = ["data-api", "data-before-send"];
    expect(documented.toSorted()).toEqual([...attributes, ...others].toSorted());
  });
});

describe("docs/importing.md", () => {
  test("lists every format of access logs", () => {
    const described = rows("docs/importing.md", /^\| `/).flatMap(([names = ""]) =>
      names.split(", "),
    );
    expect(new Set(described)).toEqual(new Set(LOG_FORMATS.map(({ name }) => name)));
  });
});

describe("CONTRIBUTING.md", () => {
  test("gives a reason for every dependency", () => {
    const { dependencies, devDependencies } = packageJson;
    const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    const section = /^## Dependencies$([\s\S]*?)^## /m.exec(projectFile("CONTRIBUTING.md"))?.[1];
    const cells = (section ?? "").match(/^\| .*?`.*? \|/gm) ?? [];
    const described = [...cells.join().matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    const shown = names.map((name) => (name.startsWith("@types/") ? "@types/*" : name));
    expect(new Set(described)).toEqual(new Set(shown));
  });
});

describe("README.md", () => {
  test("names the pinned version of Bun", () => {
    const versions = projectFile("README.md").match(/bun@[\d.]+\d/g) ?? [];
    expect(new Set(versions)).toEqual(new Set([packageJson.packageManager]));
  });

  test("fits in 200 lines", () => {
    expect(projectFile("README.md").split("\n").length).toBeLessThanOrEqual(201);
  });
});
