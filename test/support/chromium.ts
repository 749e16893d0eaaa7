import { type Browser, chromium } from "playwright-core";
import { debianProgram } from "./debian-program.ts";

export const CHROMIUM = {
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  package: "chromium",
};
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
/** For finding, possibly installing, and starting the browser. */
export const BROWSER_START_MS_MAX = 300_000;

/**
 * Starts the Chromium on the PATH. As root, installs Debian's if there is none. It finds `names` at the loopback address and no
 * others, so that no page reaches another host.
 *
 * @throws Error that names the package to install.
 */
export async function openBrowser(names: readonly string[] = []): Promise<Browser> {
  const executablePath = await debianProgram(CHROMIUM);
  const rules = [
    ...names.map((name) => `MAP ${name} 127.0.0.1`),
    "MAP * ~NOTFOUND",
    "EXCLUDE 127.0.0.1",
  ];
  const args = [...FLAGS, `--host-resolver-rules=${rules.join(", ")}`];
  return await chromium.launch({ executablePath, args, timeout: BROWSER_START_MS_MAX });
}
