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
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
];

/** A document without its blocks of code, in which `#` begins a comment. */
function prose(path: string): string {
  return projectFile(path).replace(/^ *```.*\n[\s\S]*?^ *```$/gm, "");
}

/** A document's sections, each with what a link to its heading ends in, as the repository's web view makes it. */
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

/** The links of a document that lead into the project: the file, from its root, and the heading if one is named. */
function linksOf(path: string): readonly { readonly file: string; readonly anchor: string }[] {
  return [...prose(path).matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)].map(
    ([, target = "", anchor = ""]) => ({
      file: target === "" ? path : relative(ROOT, join(ROOT, dirname(path), target)),
      anchor,
    }),
  );
}

describe("the documents", () => {
  for (const path of DOCUMENTS) {
    test(`${path} links only to files and headings that are there`, () => {
      const links = linksOf(path);
      expect(links.length).toBeGreaterThan(0);
      for (const { file, anchor } of links) {
        expect(existsSync(join(ROOT, file)), file).toBe(true);
        if (anchor === "") continue;
        // Of two headings with one name a link leads to the first.
        const named = sectionsOf(file).filter((section) => section.anchor === anchor);
        expect(named.length, `${file}#${anchor}`).toBe(1);
      }
    });
  }

  test(`${RUNBOOK} has the section that an alert leads to, and names the alert there`, () => {
    expect(alerts().length).toBeGreaterThan(10);
    const sections = new Map(sectionsOf(RUNBOOK).map(({ anchor, text }) => [anchor, text]));
    for (const { alert, annotations } of alerts()) {
      const [path = "", anchor = ""] = annotations.runbook.split("#");
      expect(path, alert).toBe(RUNBOOK);
      expect(sections.get(anchor), `${alert}: ${anchor}`).toMatch(new RegExp(`\\b${alert}\\b`));
    }
  });

  test(`${RUNBOOK} names no alert that is not there`, () => {
    const names = alerts().map(({ alert }) => alert);
    for (const named of prose(RUNBOOK).match(/\bQueueFlow[A-Z]\w+/g) ?? []) {
      expect(names).toContain(named);
    }
  });
});
