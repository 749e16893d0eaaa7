import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../src/config.ts";
import * as limits from "../../src/event/limits.ts";

const ROOT = join(import.meta.dir, "../..");
const readme = await Bun.file(join(ROOT, "README.md")).text();

/** The names that `readConfig` asks its environment for. */
function variablesRead(): string[] {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => {
        names.add(String(name));
        return undefined;
      },
    },
  );
  readConfig(environment);
  return [...names].toSorted();
}

/** The first cells of the table rows below a heading. */
function tableKeys(heading: string): string[] {
  const section = readme.split(`\n${heading}\n`)[1]?.split(/\n##? /)[0] ?? "";
  return [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name ?? "").toSorted();
}

describe("README", () => {
  test("README lists every variable when readConfig reads it, and no other", () => {
    expect(tableKeys("## Configuration")).toEqual(variablesRead());
  });

  test("README gives the default of every numeric variable when it lists it", () => {
    const { apiPort, batchEntriesMax, claimIdleMs, streamLengthMax, streamRetainEntries } =
      readConfig({});
    const { eventsRetentionDays, shutdownTimeoutMs } = readConfig({});
    const defaults = {
      API_PORT: apiPort,
      BATCH_ENTRIES_MAX: batchEntriesMax,
      CLAIM_IDLE_MS: claimIdleMs,
      STREAM_LENGTH_MAX: streamLengthMax,
      STREAM_RETAIN_ENTRIES: streamRetainEntries,
      EVENTS_RETENTION_DAYS: eventsRetentionDays,
      SHUTDOWN_TIMEOUT_MS: shutdownTimeoutMs,
    };
    for (const [name, value] of Object.entries(defaults)) {
      expect(readme).toContain(`| \`${name}\` | ${value} |`);
    }
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

  test("README links only to files that are there", () => {
    const targets = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(
      ([, path]) => path ?? "",
    );
    expect(targets.length).toBeGreaterThan(10);
    for (const target of targets) {
      expect(readdirSync(join(ROOT, target, "..")), target).toContain(
        target.split("/").at(-1) ?? "",
      );
    }
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

  test("README links to its own headings only when they exist", () => {
    const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? "");
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      (heading ?? "")
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const anchor of anchors) expect(headings).toContain(anchor);
  });
});
