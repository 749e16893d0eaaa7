import { type Browser, chromium } from "playwright-core";
import { debianProgram } from "./debian-program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

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
 * others, so that no page reaches another host. `unset` are arguments of Playwright's that it starts without. A `userAgent` of
 * Playwright's own would not be that of beacons from a page that is left.
 *
 * @throws Error that names the package to install.
 */
export async function openBrowser(
  names: readonly string[] = [],
  { unset = [], userAgent }: { unset?: readonly string[]; userAgent?: string } = {},
): Promise<Browser> {
  return await chromium.launch({
    executablePath: await debianProgram(CHROMIUM),
    args: [
      ...argumentsFor(names),
      ...(userAgent === undefined ? [] : [`--user-agent=${userAgent}`]),
    ],
    ignoreDefaultArgs: [...unset],
    timeout: BROWSER_START_MS_MAX,
  });
}

/** Opens a page that nothing debugs: Chromium prerenders no pages of others. `await using` closes it. */
export async function openUndebugged(
  url: string,
  names: readonly string[],
): Promise<AsyncDisposable> {
  const program = await debianProgram(CHROMIUM);
  const profile = `--user-data-dir=${temporaryFolder("chromium")}`;
  const child = Bun.spawn([program, ...argumentsFor(names), profile, url], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

function argumentsFor(names: readonly string[]): string[] {
  const rules = [
    ...names.map((name) => `MAP ${name} 127.0.0.1`),
    "MAP * ~NOTFOUND",
    "EXCLUDE 127.0.0.1",
  ];
  return [...FLAGS, `--host-resolver-rules=${rules.join(", ")}`];
}
