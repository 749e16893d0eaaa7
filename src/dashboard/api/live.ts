/** Of `/live/stream`. */
export interface Live {
  readonly site_id: string;
  readonly visitors: number;
  readonly window_s: number;
  readonly top_pages: readonly { readonly path: string; readonly visitors: number }[];
  /** The last is the current one. */
  readonly minutes: readonly LiveMinute[];
}

export interface LiveMinute {
  readonly minute: string;
  readonly visitors: number;
  readonly pageviews: number;
}

export function openLive(site: string): EventSource {
  return new EventSource(`live/stream?${new URLSearchParams({ site_id: site })}`);
}
