import { type Browser, chromium } from "playwright-core";
import { debianProgram } from "./debian-program.ts";

export const CHROMIUM = {
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  package: "chromium",
};
/** Resolves only the loopback address, so that no page reaches another host. */
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
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
/** For finding, possibly installing, and starting the browser. */
export const BROWSER_START_MS_MAX = 300_000;

/**
 * Starts the Chromium on the PATH. As root, installs Debian's if there is none.
 *
 * @throws Error that names the package to install.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await debianProgram(CHROMIUM);
  return await chromium.launch({ executablePath, args: FLAGS, timeout: BROWSER_START_MS_MAX });
}
