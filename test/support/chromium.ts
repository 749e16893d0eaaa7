import { type Browser, chromium } from "playwright-core";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
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
  const executablePath = findProgram() ?? (await installProgram());
  return await chromium.launch({ executablePath, args: FLAGS, timeout: BROWSER_START_MS_MAX });
}

function findProgram(): string | undefined {
  return PROGRAMS.map((name) => Bun.which(name)).find((path) => path !== null) ?? undefined;
}

async function installProgram(): Promise<string> {
  if (process.getuid?.() === 0 && Bun.which("apt-get") !== null) {
    await run(["apt-get", "update"]);
    await run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]);
    const installed = findProgram();
    if (installed !== undefined) return installed;
  }
  throw new Error("These tests need Chromium: install chromium or google-chrome on the PATH");
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], {
    env: { PATH: Bun.env["PATH"] ?? "", DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [errors, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed: ${errors}`);
}
