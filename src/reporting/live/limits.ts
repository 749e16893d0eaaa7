/** Whose visitors and top pages are those of now. */
export const LIVE_WINDOW_MS = 300_000;
export const LIVE_MINUTES = 30;
export const TOP_PAGES = 10;
