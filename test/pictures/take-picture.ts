import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Look } from "./looks.ts";
import type { PicturedView } from "./views.ts";

/** Small, and text stays sharp. */
const QUALITY = 82;
const ATTEMPTS_MAX = 10;

export interface PictureOptions {
  readonly url: string;
  readonly view: PicturedView;
  readonly look: Look;
  /** Cookies of an administrator. */
  readonly session: BrowserContextOptions["storageState"];
}

/** Returns a picture of a view as WebP, which Playwright itself does not write. */
export async function takePicture(
  browser: Browser,
  { url, view, look: { colorScheme, width, height }, session }: PictureOptions,
): Promise<Uint8Array> {
  const context = await browser.newContext({
    colorScheme,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    viewport: { width, height },
    ...(view.isAdmins && session !== undefined && { storageState: session }),
  });
  try {
    const page = await context.newPage();
    await open(page, url, view);
    const protocol = await context.newCDPSession(page);
    const { data } = await protocol.send("Page.captureScreenshot", {
      format: "webp",
      quality: QUALITY,
      captureBeyondViewport: view.isWhole,
      ...(view.isWhole && { clip: { ...(await sizeOf(page)), x: 0, y: 0, scale: 1 } }),
    });
    return Buffer.from(data, "base64");
  } finally {
    await context.close();
  }
}

/** On a busy machine, questions may take too long for the engine, which then refuses them. */
async function open(page: Page, url: string, view: PicturedView): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await page.goto(url + view.path);
      await view.ready(page);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
      console.log(`${view.name} again: ${String(error)}`);
    }
  }
}

async function sizeOf(page: Page) {
  const size = await page.evaluate(
    "({ width: document.documentElement.clientWidth, height: document.body.offsetHeight })",
  );
  return size as { width: number; height: number };
}
