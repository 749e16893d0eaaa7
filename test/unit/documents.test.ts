import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { alerts } from "../packaging/ops-files.ts";
import { projectFile, ROOT } from "../packaging/project-files.ts";

const RUNBOOK = "docs/operating.md";
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "bench/RESULTS.md",
  "patches/README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Returns a document without its code blocks, in which `#` starts a comment. */
function prose(path: string): string {
  return projectFile(path).replace(/^ *```.*\n[\s\S]*?^ *```$/gm, "");
}

/** Returns a document's sections, each with the anchor that GitHub gives its heading. */
function sectionsOf(path: string): readonly { readonly anchor: string; readonly text: string }[] {
  return [...prose(path).matchAll(/^#+ (.+)$([\s\S]*?)(?=^#|(?![\s\S]))/gm)].map(
    ([, heading = "", text = ""]) => ({
      anchor: heading
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
      text,
    }),
  );
}

/** Returns a document's links into the project: the file relative to the root, and the anchor or an empty string. */
function linksOf(path: string): readonly { readonly file: string; readonly anchor: string }[] {
  return [...prose(path).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)].map(
    ([, target = "", anchor = ""]) => ({
      file: target === "" ? path : relative(ROOT, join(ROOT, dirname(path), target)),
      anchor,
    }),
  );
}

describe("documents", () => {
  for (const path of DOCUMENTS) {
    test(`${path} links only to existing files and headings`, () => {
      const links = linksOf(path);
      expect(links.length).toBeGreaterThan(0);
      for (const { file, anchor } of links) {
        expect(existsSync(join(ROOT, file)), file).toBe(true);
        if (anchor === "") continue;
        // A link to a duplicated heading leads to the first one only.
        const named = sectionsOf(file).filter((section) => section.anchor === anchor);
        expect(named.length, `${file}#${anchor}`).toBe(1);
      }
    });
  }

  test(`${RUNBOOK} names each alert in the section it links to`, () => {
    expect(alerts().length).toBeGreaterThan(10);
    const sections = new Map(sectionsOf(RUNBOOK).map(({ anchor, text }) => [anchor, text]));
    for (const { alert, annotations } of alerts()) {
      const [path = "", anchor = ""] = annotations.runbook.split("#");
      expect(path, alert).toBe(RUNBOOK);
      expect(sections.get(anchor), `${alert}: ${anchor}`).toMatch(new RegExp(`\\b${alert}\\b`));
    }
  });

  test(`${RUNBOOK} names only existing alerts`, () => {
    const names = alerts().map(({ alert }) => alert);
    for (const named of prose(RUNBOOK).match(/\bQueueFlow[A-Z]\w+/g) ?? []) {
      expect(names).toContain(named);
    }
  });
});
