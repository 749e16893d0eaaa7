import { type Browser, chromium } from "playwright-core";
import { debianProgram } from "./debian-program.ts";

export const CHROMIUM = {
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  package: "chromium",
};
/** Nothing may reach out while the tests run: only the loopback address is resolved. */
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
/** How long finding, perhaps installing, and starting the browser may take, in milliseconds. */
export const BROWSER_START_MS_MAX = 300_000;

/**
 * Starts a real Chromium: the one on the PATH, or Debian's, installed now, when this is root.
 *
 * @throws Error that says what to install, when there is none.
 */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await debianProgram(CHROMIUM);
  return await chromium.launch({ executablePath, args: FLAGS, timeout: BROWSER_START_MS_MAX });
}
