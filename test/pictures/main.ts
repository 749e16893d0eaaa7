import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/chromium.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilMigrated } from "../support/engine-servers.ts";
import { stopTestServers } from "../support/servers.ts";
import { fillEngine } from "./fill-engine.ts";
import { takePicture } from "./take-picture.ts";
import { picturedViews } from "./views.ts";

/** `bun run pictures [NAME…]`: writes docs/pictures, or those pictures of it whose name contains one of the texts. */
const { positionals } = parseArgs({ args: Bun.argv.slice(2), allowPositionals: true });
const FOLDER = join(import.meta.dir, "..", "..", "docs", "pictures");
const BYTES_MAX = 1_500_000;

await takePictures();
await stopTestServers();

async function takePictures(): Promise<void> {
  await using servers = await openEngineServers();
  await using engine = await startEngine({ env: servers.env });
  await untilMigrated(engine);
  const { signInLink, sharedPath } = await fillEngine(engine, servers);
  await using browser = await openBrowser();
  const session = await signIn(browser, signInLink);
  mkdirSync(FOLDER, { recursive: true });
  let bytes = 0;
  for (const view of picturedViews(sharedPath)) {
    for (const look of view.looks) {
      const name = `${view.name}-${look.name}`;
      if (positionals.length > 0 && !positionals.some((text) => name.includes(text))) continue;
      const picture = await takePicture(browser, { url: engine.url, view, look, session });
      await Bun.write(join(FOLDER, `${name}.webp`), picture);
      console.log(`${name}.webp  ${picture.byteLength} bytes`);
      bytes += picture.byteLength;
    }
  }
  if (bytes > BYTES_MAX) throw new Error(`Expected at most ${BYTES_MAX} bytes, got ${bytes}`);
}

/** Returns the cookies of an administrator. */
async function signIn(browser: Browser, link: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.locator(".signed-in").waitFor();
  const session = await context.storageState();
  await context.close();
  return session;
}
