import type { Browser, Page } from "playwright-core";
import type { Look, PicturedView } from "./views.ts";

/** Small, and text stays sharp. */
const QUALITY = 82;
const ATTEMPTS_MAX = 4;

export interface PictureOptions {
  readonly url: string;
  readonly view: PicturedView;
  readonly look: Look;
}

/** Returns a picture of a view as WebP, which Playwright itself does not write. */
export async function takePicture(
  browser: Browser,
  { url, view, look: { colorScheme, width, height } }: PictureOptions,
): Promise<Uint8Array> {
  const context = await browser.newContext({
    colorScheme,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    viewport: { width, height },
  });
  try {
    const page = await context.newPage();
    await open(page, url, view);
    const session = await context.newCDPSession(page);
    const { data } = await session.send("Page.captureScreenshot", {
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

/** On a busy machine, the first questions about a long range may take too long. */
async function open(page: Page, url: string, view: PicturedView): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await page.goto(url + view.path);
    try {
      await view.ready(page);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function sizeOf(page: Page) {
  const size = await page.evaluate(
    "({ width: document.documentElement.clientWidth, height: document.documentElement.scrollHeight })",
  );
  return size as { width: number; height: number };
}
