import { source } from "axe-core";
import type { Page } from "playwright-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Returns what axe finds, with the elements. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(source);
  return await page.evaluate(async (tags) => {
    const { axe: engine } = globalThis as unknown as {
      axe: typeof import("axe-core");
    };
    const { violations } = await engine.run({ runOnly: tags });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  }, TAGS);
}
